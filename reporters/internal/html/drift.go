package html

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// change is one difference since the baseline.
type change struct {
	Who           who
	Effect, Kind  string
	Noun          string
	Resource      string
	Message       string
	Before, After []string // lines
	Witness       string
	ChangedBy     []changedBy
	Changed       string
	Diff          []diffLine
}

// diffLine is a line of a difference; Kind is added, removed or empty.
type diffLine struct{ Kind, Text string }

func (b *builder) drift() {
	for i := range b.report.Drift {
		c := &b.report.Drift[i]
		shown := change{
			Who: b.who(c.Tenant, c.ExportID), Effect: string(c.Effect), Kind: effectKind(c.Effect), Noun: visible.Text(c.Kind.Noun()),
			Resource: visible.Text(c.Resource), Message: visible.Text(c.Message), Before: shownLines(c.Before), After: shownLines(c.After),
			ChangedBy: changers(c.ChangedBy),
		}
		if c.Witness != nil {
			shown.Witness = visible.Text(witness(c.Witness))
		}
		if c.Who != nil {
			shown.Changed = visible.Text(c.Who.String())
		}
		for _, text := range c.Diff {
			kind := ""
			switch {
			case strings.HasPrefix(text, "+"):
				kind = "added"
			case strings.HasPrefix(text, "-"):
				kind = "removed"
			}
			shown.Diff = append(shown.Diff, diffLine{kind, visibleLine(text)})
		}
		b.page.Drift = append(b.page.Drift, shown)
	}
}

// effectKind is how an effect is shown: as bad, as open, or as neither.
func effectKind(e scanner.Effect) string {
	switch e {
	case scanner.EffectWidened, scanner.EffectMixed, scanner.EffectWeaker, scanner.EffectRemoved, scanner.EffectRecreated:
		return "fail"
	case scanner.EffectIncomparable:
		return "unknown"
	default:
		return "none"
	}
}

// shownLines are the lines of a text or a document, indented.
func shownLines(text string) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(scanner.NewDisplay(text).Text, "\n"), "\n")
	for i := range lines {
		lines[i] = visibleLine(lines[i])
	}
	return lines
}

// witness is a request in one line.
func witness(w *scanner.Witness) string {
	text := fmt.Sprintf("%s by %s on %s", w.Action, w.Principal, w.Resource)
	for _, key := range slices.Sorted(maps.Keys(w.Context)) {
		text += fmt.Sprintf(", %s = %s", key, strings.Join(w.Context[key], ", "))
	}
	return text
}
