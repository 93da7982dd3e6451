package iam

import "github.com/trailguard/trailguard/scanner/iam/internal/pattern"

// expand writes the template with its variables resolved. It gives No when one does not
// resolve, Depends and its key when one is unknown.
func (e *eval) expand(t *pattern.Template, buf []byte) ([]byte, Verdict, string) {
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.Key == "" {
			buf = append(buf, p.Text...)
			continue
		}
		st, values := e.lookup(p.Key)
		switch {
		case st == keyUnknown || st == keyUnknownPresent:
			return nil, Depends, p.Key
		case st == keyPresent && len(values) == 1 && !pattern.Multivalued(p.Key):
			buf = append(buf, values[0]...)
		case st == keyAbsent && p.HasDefault:
			buf = append(buf, p.Fallback...)
		default:
			return nil, No, ""
		}
	}
	if t.ARN && !pattern.Segmentise(buf) {
		return nil, No, ""
	}
	return buf, Yes, ""
}

// matchText matches s; unknown variables give Depends and are reported to the tracer.
func (e *eval) matchText(t *pattern.Template, s string) Verdict {
	if t.Parts == nil {
		return verdictOf(t.Match(s))
	}
	var stack [256]byte
	text, st, key := e.expand(t, stack[:0])
	switch st {
	case Yes:
		return verdictOf(pattern.MatchGlob(text, s))
	case Depends:
		if !t.Match(s) {
			return No
		}
		e.blockedBy(key)
		return Depends
	case No:
	}
	return No
}

// matchPrefixSet is matchText for all strings that begin with prefix.
func (e *eval) matchPrefixSet(t *pattern.Template, prefix string) Verdict {
	if t.Parts == nil {
		return Verdict(t.MatchSet(prefix))
	}
	var stack [256]byte
	text, st, key := e.expand(t, stack[:0])
	switch st {
	case Yes:
		return Verdict(pattern.MatchGlobSet(text, prefix))
	case Depends:
		if t.MatchSet(prefix) == pattern.None {
			return No
		}
		e.blockedBy(key)
		return Depends
	case No:
	}
	return No
}

// expanded gives a template's compiled text in the current world. No means that it matches nothing.
func (e *eval) expanded(t *pattern.Template) (string, Verdict) {
	if t.Parts != nil {
		text, v, _ := e.expand(t, nil)
		return string(text), v
	}
	text, ok := t.Compiled()
	return text, verdictOf(ok)
}
