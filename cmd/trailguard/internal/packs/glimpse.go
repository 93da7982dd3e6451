package packs

import (
	"time"

	"github.com/trailguard/trailguard/scanner/evidence"
)

// Glimpse is what a pack says of itself, which nobody vouches for.
type Glimpse struct {
	Signed    bool                `json:"signed"`
	Verified  bool                `json:"verified"` // never
	Statement *evidence.Predicate `json:"statement"`
	Timestamp *evidence.Timestamp `json:"timestamp"`
	Files     []evidence.Entry    `json:"files"`
}

// Show looks into a pack.
func Show(pack *evidence.Pack) *Glimpse {
	return &Glimpse{pack.Signed, false, pack.Predicate, pack.Timestamp, pack.Entries}
}

// Lines are what a person reads.
func (g *Glimpse) Lines(path string) []string {
	lines := []string{path + ": NOT VERIFIED: what follows is what the pack says of itself"}
	if p := g.Statement; p != nil {
		lines = append(lines, "signed      yes, by a key that nobody checked", "made by     "+p.Tool.Name+" "+p.Tool.Version)
		for i := range p.Results {
			r := &p.Results[i]
			lines = append(lines, "report      "+describeResult(r), "            snapshot "+r.SnapshotDigest)
			if why := r.Lacking(); why != "" {
				lines = append(lines, "            incomplete: "+why)
			}
		}
	} else {
		lines = append(lines, "signed      no: verify refuses it")
	}
	if t := g.Timestamp; t != nil {
		lines = append(lines, "time stamp  "+t.Time.Format(time.RFC3339)+", "+t.Authority)
	}
	lines = append(lines, "")
	for _, e := range g.Files {
		lines = append(lines, e.SHA256[:12]+"  "+e.Name)
	}
	return lines
}
