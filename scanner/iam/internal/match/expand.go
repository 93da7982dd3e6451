package match

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/verdict"
)

// expand writes the template with the values of its variables. It returns No when a variable has no
// value, and Depends with the key when one is unknown.
func (m *Matcher) expand(t *pattern.Template, buf []byte) ([]byte, verdict.Verdict, string) {
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.Key == "" {
			buf = append(buf, p.Text...)
			continue
		}
		st, values := m.Lookup(p.Key)
		switch {
		case st == KeyUnknown || st == KeyUnknownPresent:
			return nil, verdict.Depends, p.Key
		case st == KeyPresent && len(values) == 1 && !pattern.Multivalued(p.Key):
			buf = append(buf, values[0]...)
		case st == KeyAbsent && p.HasDefault:
			buf = append(buf, p.Fallback...)
		default:
			return nil, verdict.No, ""
		}
	}
	if t.ARN && !pattern.Segmentise(buf) {
		return nil, verdict.No, ""
	}
	return buf, verdict.Yes, ""
}

// matchText matches s. Unknown variables give Depends and are recorded in the trace.
func (m *Matcher) matchText(t *pattern.Template, s string) verdict.Verdict {
	if t.Parts == nil {
		return verdict.Of(t.Match(s))
	}
	var stack [256]byte
	text, st, key := m.expand(t, stack[:0])
	switch st {
	case verdict.Yes:
		return verdict.Of(pattern.MatchGlob(text, s))
	case verdict.Depends:
		if !t.Match(s) {
			return verdict.No
		}
		m.blockedBy(key)
		return verdict.Depends
	case verdict.No:
	}
	return verdict.No
}

// matchPrefixSet is matchText for all strings that begin with prefix.
func (m *Matcher) matchPrefixSet(t *pattern.Template, prefix string) verdict.Verdict {
	if t.Parts == nil {
		return verdict.Verdict(t.MatchSet(prefix))
	}
	var stack [256]byte
	text, st, key := m.expand(t, stack[:0])
	switch st {
	case verdict.Yes:
		return verdict.Verdict(pattern.MatchGlobSet(text, prefix))
	case verdict.Depends:
		if t.MatchSet(prefix) == pattern.None {
			return verdict.No
		}
		m.blockedBy(key)
		return verdict.Depends
	case verdict.No:
	}
	return verdict.No
}

// Expanded returns a template's compiled text in the current world. No means that the template
// matches nothing.
func (m *Matcher) Expanded(t *pattern.Template) (string, verdict.Verdict) {
	if t.Parts != nil {
		text, v, _ := m.expand(t, nil)
		return string(text), v
	}
	text, ok := t.Compiled()
	return text, verdict.Of(ok)
}
