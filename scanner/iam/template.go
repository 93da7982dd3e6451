package iam

import "strings"

// template is a pattern that may hold policy variables.
type template struct {
	pattern        // with variables: the widest that they could make it
	parts   []part // nil when there is no variable
	arn     bool
}

// part is compiled text, or a variable when key is not empty.
type part struct {
	text       string
	literal    bool   // text is an escape: its characters are no wildcards
	key        string // in lower case
	fallback   string
	hasDefault bool
}

// syntax says how text is read.
type syntax uint8

const (
	globText    syntax = iota // "*" and "?" are wildcards
	literalText               // they are not
	arnText                   // they are, and stop at ":" in the first five parts
)

// newTemplate compiles text. Variables exist only in policies of version 2012-10-17.
func newTemplate(text string, how syntax, variables bool) template {
	if how == arnText && text == "*" {
		text = "*:*:*:*:*:*"
	}
	if !variables || !strings.Contains(text, "${") {
		return template{pattern: plainPattern(text, how)}
	}
	parts := splitVariables(text)
	for i := range parts {
		if how != literalText && parts[i].key == "" && !parts[i].literal {
			parts[i].text = compileGlob(parts[i].text)
		}
	}
	joined, ok := joinLiterals(parts)
	if !ok {
		return template{pattern: newPattern(widest(parts)), parts: parts, arn: how == arnText}
	}
	if how == arnText {
		return template{pattern: arnPattern(joined)}
	}
	return template{pattern: newPattern(joined)}
}

// plainPattern compiles text without variables.
func plainPattern(text string, how syntax) pattern {
	switch how {
	case literalText:
		return pattern{kind: patLiteral, text: text}
	case arnText:
		return arnPattern(compileGlob(text))
	case globText:
	}
	return globPattern(text)
}

func arnPattern(compiled string) pattern {
	b := []byte(compiled)
	if !segmentise(b) {
		return pattern{kind: patNever}
	}
	return newPattern(string(b))
}

// segmentise confines the wildcards of the first five parts of an ARN to their part. It
// reports whether there are six parts.
func segmentise(b []byte) bool {
	colons := 0
	for i, c := range b {
		switch {
		case c == ':':
			colons++
		case c == tokStar && colons < 5:
			b[i] = tokSegStar
		case c == tokAny && colons < 5:
			b[i] = tokSegAny
		}
	}
	return colons >= 5
}

// joinLiterals joins the parts when none is a variable.
func joinLiterals(parts []part) (string, bool) {
	if len(parts) == 1 {
		return parts[0].text, parts[0].key == ""
	}
	var b strings.Builder
	for _, p := range parts {
		if p.key != "" {
			return "", false
		}
		b.WriteString(p.text)
	}
	return b.String(), true
}

// widest replaces every variable by a star: no value can make the template match more.
func widest(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.key != "" {
			b.WriteByte(tokStar)
			continue
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// splitVariables splits text at its variables and escapes. "${*}", "${?}" and "${$}" are the
// characters themselves. An unclosed "${" is text.
func splitVariables(text string) []part {
	var parts []part
	for text != "" {
		i := strings.Index(text, "${")
		end := -1
		if i >= 0 {
			end = strings.IndexByte(text[i:], '}')
		}
		if end < 0 {
			return append(parts, part{text: text})
		}
		if i > 0 {
			parts = append(parts, part{text: text[:i]})
		}
		parts = append(parts, newVariable(text[i+2:i+end]))
		text = text[i+end+1:]
	}
	return parts
}

// newVariable reads what stands between the braces.
func newVariable(inner string) part {
	if inner == "*" || inner == "?" || inner == "$" {
		return part{text: inner, literal: true}
	}
	key, fallback, ok := strings.Cut(inner, ",")
	p := part{key: strings.ToLower(strings.TrimSpace(key))}
	if p.key == "" {
		p.key = "${}" // no key has this name, so it never resolves
	}
	if !ok {
		return p
	}
	fallback = strings.TrimSpace(fallback)
	if len(fallback) >= 2 && fallback[0] == '\'' && fallback[len(fallback)-1] == '\'' {
		p.fallback, p.hasDefault = fallback[1:len(fallback)-1], true
	}
	return p
}

// uses reports whether the key is one of the template's variables.
func (t *template) uses(key string) bool {
	for i := range t.parts {
		if t.parts[i].key == key {
			return true
		}
	}
	return false
}

// maxCaptures bounds the values that are read out of one resource.
const maxCaptures = 8

// captures reads out of a resource what a variable would have to be. It looks no further than the
// first variable after plain text: what it finds is tried, never relied on.
func (t *template) captures(key, resource string) []string {
	before := ""
	for i := range t.parts {
		p := &t.parts[i]
		if p.key == "" {
			before += p.text
			continue
		}
		rest, ok := strings.CutPrefix(resource, before)
		if p.key != key || !ok || indexToken(before) >= 0 {
			return nil
		}
		stop := ""
		if i+1 < len(t.parts) && t.parts[i+1].text != "" && t.parts[i+1].text[0] < firstTok {
			stop = t.parts[i+1].text[:1]
		}
		return endings(rest, stop)
	}
	return nil
}

func endings(rest, stop string) []string {
	out := []string{}
	for i := 0; stop != "" && len(out) < maxCaptures; i++ {
		j := strings.Index(rest[i:], stop)
		if j < 0 {
			break
		}
		if i += j; i > 0 {
			out = append(out, rest[:i])
		}
	}
	if rest != "" {
		out = append(out, rest)
	}
	return out
}

// multivalued names the context keys that hold lists. They can not be used as variables.
func multivalued(key string) bool {
	switch key {
	case "aws:tagkeys", "aws:calledvia", "aws:principalorgpaths", "aws:resourceorgpaths",
		"aws:sourceorgpaths", "aws:vpceorgpaths", "aws:principalservicenameslist",
		"sts:transitivetagkeys", "kms:encryptioncontextkeys", "kms:grantoperations",
		"kms:resourcealiases", "dynamodb:attributes", "dynamodb:leadingkeys":
		return true
	}
	return false
}
