package html

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// waivers is what is decided in writing, and what became of it.
type waivers struct {
	Uses     []waiverUse
	Waived   []ruleGroup
	Accepted []ruleGroup
}

// any says whether anything is decided.
func (w *waivers) any() bool { return len(w.Uses)+len(w.Waived)+len(w.Accepted) > 0 }

// waiverUse is one waiver or acceptance.
type waiverUse struct {
	Kind, State string
	About       []string
	Note        waiverNote
	Left        string
	Findings    int
	Source      string
}

// waivers lists the waivers in the order of what wants attention.
func (b *builder) waivers() {
	w := &b.report.Waivers
	for _, list := range []struct {
		kind, state string
		uses        []scanner.WaiverUse
	}{{"fail", "expired", w.Expired}, {"waived", "applies", w.Applied}, {"none", "matches nothing", w.Unused}} {
		for i := range list.uses {
			b.page.Waivers.Uses = append(b.page.Waivers.Uses, b.waiverUse(list.kind, list.state, &list.uses[i]))
		}
	}
}

func (b *builder) waiverUse(kind, state string, u *scanner.WaiverUse) waiverUse {
	shown := waiverUse{
		Kind: kind, State: state, Note: newWaiverNote(&u.Waiver), Left: daysLeft(u.Expires, b.report.Scan.EvaluatedAt),
		Findings: u.Findings, Source: visible.Text(u.Source),
	}
	add := func(what string, names ...string) {
		if names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" }); len(names) > 0 {
			shown.About = append(shown.About, visible.Text(what+" "+strings.Join(names, ", ")))
		}
	}
	add("rules", u.Rules...)
	add("exports", u.Exports...)
	add("resources", u.Resources...)
	add("permission", u.Permission)
	add("key", u.Key)
	return shown
}

// daysLeft says how long a waiver applies from a moment on: its last day counts.
func daysLeft(expires string, at time.Time) string {
	end, err := time.Parse(time.DateOnly, expires)
	if err != nil {
		return ""
	}
	days := int(end.Sub(at.UTC().Truncate(24*time.Hour)) / (24 * time.Hour))
	switch {
	case days < 0:
		return fmt.Sprintf("%s ago", scanner.Count(-days, "day", "days"))
	case days == 0:
		return "today is the last day"
	default:
		return scanner.Count(days, "day", "days") + " left"
	}
}
