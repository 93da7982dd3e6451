package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner/evidence"
)

func newEvidenceShowCommand(a *app) *cobra.Command {
	var format cli.Choice
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show what is in a pack and what it says, without trusting it",
		Long: `show lists the files of a pack, each of which is as the pack's own manifest says,
and what the pack says of itself. Nobody vouches for either: verify checks who signed
it and judges it again.

Exit status: 0; 1 a file is not as the manifest says; 3 the pack could not be read.`,
		Example: "  trailguard evidence show audit.tar.gz\n  trailguard evidence show audit.tar.gz --format json",
		Args:    exactArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			pack, err := evidence.Read(cmd.Context(), args[0], evidence.Criteria{})
			if err != nil {
				return alteredPack(err)
			}
			if format.Value == "json" {
				return writeJSON(a.stdout, glimpse{pack.Signed, false, pack.Predicate, pack.Timestamp, pack.Entries})
			}
			return a.showPack(args[0], pack)
		},
	}
	format.Register(cmd.Flags(), "format", "text", "text or json", "format", "text", "json")
	return cmd
}

// glimpse is what show prints as JSON.
type glimpse struct {
	Signed    bool                `json:"signed"`
	Verified  bool                `json:"verified"` // never
	Statement *evidence.Predicate `json:"statement"`
	Timestamp *evidence.Timestamp `json:"timestamp"`
	Files     []evidence.Entry    `json:"files"`
}

func (a *app) showPack(path string, pack *evidence.Pack) error {
	lines := []string{path + ": NOT VERIFIED: what follows is what the pack says of itself"}
	switch p := pack.Predicate; {
	case p != nil:
		lines = append(lines, "signed      yes, by a key that nobody checked", "made by     "+p.Tool.Name+" "+p.Tool.Version)
		for i := range p.Results {
			r := &p.Results[i]
			lines = append(lines, "report      "+describeResult(r), "            snapshot "+r.SnapshotDigest)
			if why := r.Lacking(); why != "" {
				lines = append(lines, "            incomplete: "+why)
			}
		}
	default:
		lines = append(lines, "signed      no: verify refuses it")
	}
	if t := pack.Timestamp; t != nil {
		lines = append(lines, "time stamp  "+t.Time.Format("2006-01-02T15:04:05Z07:00")+", "+t.Authority)
	}
	lines = append(lines, "")
	for _, e := range pack.Entries {
		lines = append(lines, e.SHA256[:12]+"  "+e.Name)
	}
	for _, l := range lines {
		if err := a.print("%s", reporters.Visible(l)); err != nil {
			return err
		}
	}
	return nil
}
