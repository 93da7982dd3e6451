package reporters

import (
	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// merged is one finding for several exports that share it word for word, such
// as those that write to one bucket.
type merged struct {
	finding  *scanner.Finding // the first of all
	all      []*scanner.Finding
	subjects []string
}

// mergeFindings merges the findings of one rule that say the same about the
// same resource. They keep the order of their first occurrence.
func mergeFindings(findings []*scanner.Finding, l *labels) []merged {
	type key struct {
		tenant, resource, message, path, remediation string
		line                                         int
		state                                        scanner.State
	}
	type member struct {
		row     int
		subject string
	}
	places := map[key]int{}
	named := map[member]bool{}
	var out []merged
	for _, f := range findings {
		k := key{tenant: f.Tenant, resource: f.Resource, message: f.Message, remediation: f.Remediation, state: f.State}
		if len(f.Evidence) > 0 {
			k.path, k.line = f.Evidence[0].Path, f.Evidence[0].Line
		}
		i, seen := places[k]
		if !seen {
			i = len(out)
			places[k] = i
			out = append(out, merged{finding: f})
		}
		out[i].all = append(out[i].all, f)
		if m := (member{i, l.of(f.Tenant, f.ExportID)}); !named[m] {
			named[m] = true
			out[i].subjects = append(out[i].subjects, m.subject)
		}
	}
	return out
}

// countLeft counts the findings that follow the first rows.
func countLeft(list []merged, limit int) int {
	n := 0
	for _, m := range list[min(limit, len(list)):] {
		n += len(m.all)
	}
	return n
}

// remedyOf says what to do about a finding. Where something could not be read,
// the first step is to close the gap: until then nobody knows whether anything
// is wrong. A rule that ended in an error has no remedy, because it judged
// nothing.
func remedyOf(f *scanner.Finding) string {
	switch {
	case f.Status == scanner.StatusError, f.Accepted():
		return ""
	case f.Status == scanner.StatusUnknown && len(f.Gaps) > 0 && len(f.Needs) == 0:
		var steps []string
		for _, g := range pendingGaps(f.Gaps) {
			steps = append(steps, g.Remedy())
		}
		return label("To settle it", some(distinctSorted(steps), fewEach, "step", "steps"))
	case f.Status == scanner.StatusUnknown:
		return label("To settle it", visible.Clip(Visible(f.Remediation), longest))
	default:
		return label("Fix", visible.Clip(Visible(f.Remediation), longest))
	}
}

func label(name, text string) string {
	if text == "" {
		return ""
	}
	return name + ": " + text
}

// sharedRemedy returns the remedy that all findings of a list have, if they
// have the same one.
func sharedRemedy(list []merged) (string, bool) {
	fix := remedyOf(list[0].finding)
	for _, m := range list {
		if remedyOf(m.finding) != fix {
			return "", false
		}
	}
	return fix, true
}
