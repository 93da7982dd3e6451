package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// The content of a pack. Each run has its snapshot and its reports, in a folder of
// its own where there are several runs. The rules and settings are there once.
const (
	JudgingName = "judging.json"
	WaiversName = "waivers.yaml"

	// AttestationsFolder holds the attestations and the evidence that they name.
	AttestationsFolder = "attested/"
	AttestationsName   = AttestationsFolder + "attestations.yaml"

	BaselineName = "baseline.jsonl" // with .zst appended where it is compressed
	SnapshotName = "snapshot.jsonl" // as above
	ReportName   = "report.json"
	PageName     = "report.html"
	PagesFolder  = "report/" // in place of one page that would be too large

	// ShippedRules are the program's own rules; those of the user are in folders
	// named OwnRules and a number.
	ShippedRules = "rules/shipped"
	OwnRules     = "rules/own-"
)

// JudgingVersion is the version of judging.json.
const JudgingVersion = 1

// Judging holds the settings behind a pack's reports that no other file holds.
type Judging struct {
	FormatVersion int  `json:"formatVersion"`
	Tool          Tool `json:"tool"`
	// Rules holds the ids of the selected rules; empty: all.
	Rules           []string         `json:"rules"`
	FailOn          scanner.Severity `json:"failOn"`
	FailOnNew       bool             `json:"failOnNew"`
	AllowIncomplete bool             `json:"allowIncomplete"`
	Runs            []Run            `json:"runs"`
	// Period is the days that the runs cover; nil for one snapshot.
	Period *Period `json:"period,omitempty"`
}

// Run is the judging of one snapshot.
type Run struct {
	// Folder holds its files, with a slash at the end; empty: the pack's root.
	Folder string `json:"folder"`
	// Number is that of the run in the history whose snapshot it was; 0: none.
	Number   int64            `json:"number,omitempty"`
	AsOf     time.Time        `json:"asOf"`
	Settings scanner.Settings `json:"settings"`
	// Tenants and Exports were selected; empty: all.
	Tenants []string `json:"tenants"`
	Exports []string `json:"exports"`
}

// Marshal writes judging.json.
func (j *Judging) Marshal() ([]byte, error) {
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", JudgingName, err)
	}
	return append(text, '\n'), nil
}

var runFolder = regexp.MustCompile(`^(run-[0-9]{6,19}/)?$`)

// ParseJudging reads judging.json.
func ParseJudging(text []byte) (*Judging, error) {
	var head struct {
		FormatVersion int `json:"formatVersion"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("read %s: %w", JudgingName, err)
	}
	if head.FormatVersion != JudgingVersion {
		return nil, fmt.Errorf("%s has the format version %d, and this version of trailguard reads %d: verify the pack with the version that made it", JudgingName, head.FormatVersion, JudgingVersion)
	}
	var j Judging
	if err := decodeStrictly(bytes.TrimSpace(text), &j); err != nil {
		return nil, fmt.Errorf("read %s: %w", JudgingName, err)
	}
	if len(j.Runs) == 0 {
		return nil, fmt.Errorf("%s names no run", JudgingName)
	}
	if j.Period != nil {
		if err := j.Period.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", JudgingName, err)
		}
	}
	for i := range j.Runs {
		if folder := j.Runs[i].Folder; !runFolder.MatchString(folder) || (i > 0 && folder <= j.Runs[i-1].Folder) {
			return nil, fmt.Errorf("%s: %q is not the folder of a run, or is out of order", JudgingName, folder)
		}
	}
	return &j, nil
}

// Find returns the manifest's entry with a name, or with the name and .zst
// appended.
func Find(entries []Entry, name string) (string, bool) {
	for _, full := range []string{name, name + ".zst"} {
		if slices.ContainsFunc(entries, func(e Entry) bool { return e.Name == full }) {
			return full, true
		}
	}
	return "", false
}
