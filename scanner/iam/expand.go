package iam

// expand writes the template with its variables resolved. It gives No when one does not
// resolve, Depends and its key when one is unknown.
func (e *eval) expand(t *template, buf []byte) ([]byte, Verdict, string) {
	for i := range t.parts {
		p := &t.parts[i]
		if p.key == "" {
			buf = append(buf, p.text...)
			continue
		}
		st, values := e.lookup(p.key)
		switch {
		case st == keyUnknown || st == keyUnknownPresent:
			return nil, Depends, p.key
		case st == keyPresent && len(values) == 1 && !multivalued(p.key):
			buf = append(buf, values[0]...)
		case st == keyAbsent && p.hasDefault:
			buf = append(buf, p.fallback...)
		default:
			return nil, No, ""
		}
	}
	if t.arn && !segmentise(buf) {
		return nil, No, ""
	}
	return buf, Yes, ""
}

// matchText matches s; unknown variables give Depends and are reported to the tracer.
func (e *eval) matchText(t *template, s string) Verdict {
	if t.parts == nil {
		return verdictOf(t.match(s))
	}
	var stack [256]byte
	text, st, key := e.expand(t, stack[:0])
	switch st {
	case Yes:
		return verdictOf(matchGlob(text, s))
	case Depends:
		if !t.match(s) {
			return No
		}
		e.blockedBy(key)
		return Depends
	case No:
	}
	return No
}

// matchPrefixSet is matchText for all strings that begin with prefix.
func (e *eval) matchPrefixSet(t *template, prefix string) Verdict {
	if t.parts == nil {
		return Verdict(t.matchSet(prefix))
	}
	var stack [256]byte
	text, st, key := e.expand(t, stack[:0])
	switch st {
	case Yes:
		return Verdict(matchGlobSet(text, prefix))
	case Depends:
		if t.matchSet(prefix) == coversNone {
			return No
		}
		e.blockedBy(key)
		return Depends
	case No:
	}
	return No
}

// expanded gives a template's compiled text in the current world. No means that it matches nothing.
func (e *eval) expanded(t *template) (string, Verdict) {
	if t.parts != nil {
		text, v, _ := e.expand(t, nil)
		return string(text), v
	}
	text, ok := t.compiled()
	return text, verdictOf(ok)
}
