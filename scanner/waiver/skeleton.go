package waiver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// New renders a waivers file with an entry for a finding, in which the
// justification, the name and the date are left to be filled in: as it stands,
// Parse refuses it. For an unknown it has one accepted gap for each gap, and for
// each condition key that decides.
func New(f *scanner.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s: %s\n", f.Status, f.RuleID, quote(f.Message))
	switch {
	case f.Status == scanner.StatusFail:
		b.WriteString("waivers:\n")
		fmt.Fprintf(&b, "  - rules: [%s]\n", quote(f.RuleID))
		if f.ExportID != "" {
			fmt.Fprintf(&b, "    exports: [%s]\n", quote(f.ExportID))
		}
		if f.Resource != "" {
			fmt.Fprintf(&b, "    resources: [%s]\n", quote(f.Resource))
		}
		b.WriteString(blanks)
	case f.Status == scanner.StatusUnknown && len(f.Gaps)+len(f.Needs) > 0:
		b.WriteString("acceptedGaps:\n")
		var entries []string
		for i := range f.Gaps {
			if entry := gapEntry(&f.Gaps[i]); !slices.Contains(entries, entry) {
				entries = append(entries, entry)
			}
		}
		for _, key := range f.Needs {
			entries = append(entries, keyEntry(f, key))
		}
		b.WriteString(strings.Join(entries, ""))
	default:
		b.WriteString("# only a fail can be waived, and only the gap or the condition key of an unknown accepted\n")
	}
	return b.String()
}

const blanks = `    justification: # why this may stay as it is
    approvedBy: # who answers for it
    expires: # YYYY-MM-DD, the last day it applies
    # ticket: optional
`

func keyEntry(f *scanner.Finding, key string) string {
	field, value := "export", f.ExportID
	if value == "" {
		field, value = "resource", f.Resource
	}
	return fmt.Sprintf("  - rule: %s\n    key: %s\n    %s: %s\n%s", quote(f.RuleID), quote(key), field, quote(value), blanks)
}

// gapEntry accepts what the reader lacks. What passes, and what only has to be
// declared, is not accepted but mended.
func gapEntry(g *scanner.Gap) string {
	field, value := "permission", g.LackedPermission()
	if value == "" {
		field, value = "call", g.Call
	}
	if value == "" || g.Transient() {
		return fmt.Sprintf("  # %s: not to be accepted: %s\n", quote(g.Resource), quote(g.Remedy()))
	}
	return fmt.Sprintf("  - %s: %s\n    resource: %s\n%s", field, quote(value), quote(g.Resource), blanks)
}

// quote writes a text as YAML's double-quoted form, whose escapes include all
// of Go's for text that is valid UTF-8.
func quote(text string) string { return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD")) }
