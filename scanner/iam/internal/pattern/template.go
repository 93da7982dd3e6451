package pattern

import "strings"

// Template is a pattern that may hold policy variables.
type Template struct {
	Pattern        // with variables: the widest pattern that values could make of it
	Parts   []part // nil when there is no variable
	ARN     bool
}

// part is compiled text, or a variable when key is not empty.
type part struct {
	Text       string
	literal    bool   // text was an escape such as ${*}: its characters are no wildcards
	Key        string // in lower case
	Fallback   string
	HasDefault bool
	raw        string // of a variable: as written
}

// syntax says how text is read.
type syntax uint8

// The ways to read text.
const (
	GlobText     syntax = iota // "*" and "?" are wildcards
	ResourceText               // they are, but variables are read after the fifth colon only
	LiteralText                // they are not
	ARNText                    // they are, and stop at ":" in the first five parts
)

// NewTemplate compiles text. Variables exist only in policies of version 2012-10-17.
func NewTemplate(text string, how syntax, variables bool) Template {
	if how == ARNText && text == "*" {
		text = "*:*:*:*:*:*"
	}
	if !variables || !strings.Contains(text, "${") {
		return Template{Pattern: plainPattern(text, how)}
	}
	parts := splitVariables(text)
	if how == ResourceText {
		keepEarlyVariables(parts)
	}
	for i := range parts {
		if how != LiteralText && parts[i].Key == "" && !parts[i].literal {
			parts[i].Text = CompileGlob(parts[i].Text)
		}
	}
	joined, ok := joinLiterals(parts)
	if !ok {
		return Template{Pattern: New(widest(parts)), Parts: parts, ARN: how == ARNText}
	}
	if how == ARNText {
		return Template{Pattern: arnPattern(joined)}
	}
	return Template{Pattern: New(joined)}
}

// plainPattern compiles text without variables.
func plainPattern(text string, how syntax) Pattern {
	switch how {
	case LiteralText:
		return Pattern{Kind: Literal, Text: text}
	case ARNText:
		return arnPattern(CompileGlob(text))
	case GlobText, ResourceText:
	}
	return FromGlob(text)
}

func arnPattern(compiled string) Pattern {
	b := []byte(compiled)
	if !Segmentise(b) {
		return Pattern{Kind: never}
	}
	return New(string(b))
}

// Segmentise confines the wildcards of the first five parts of an ARN to their part. It
// reports whether there are six parts.
func Segmentise(b []byte) bool {
	colons := 0
	for i, c := range b {
		switch {
		case c == ':':
			colons++
		case c == Star && colons < 5:
			b[i] = SegmentStar
		case c == AnyOne && colons < 5:
			b[i] = SegmentAny
		}
	}
	return colons >= 5
}

// joinLiterals joins the parts if none is a variable.
func joinLiterals(parts []part) (string, bool) {
	if len(parts) == 1 {
		return parts[0].Text, parts[0].Key == ""
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Key != "" {
			return "", false
		}
		b.WriteString(p.Text)
	}
	return b.String(), true
}

// widest replaces every variable by a star, which matches whatever a value could.
func widest(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Key != "" {
			b.WriteByte(Star)
			continue
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

// splitVariables splits text at its variables and escapes. "${*}", "${?}" and "${$}" are the
// characters themselves. A "${" that is not closed is text.
func splitVariables(text string) []part {
	var parts []part
	for text != "" {
		i := strings.Index(text, "${")
		end := -1
		if i >= 0 {
			end = strings.IndexByte(text[i:], '}')
		}
		if end < 0 {
			return append(parts, part{Text: text})
		}
		if i > 0 {
			parts = append(parts, part{Text: text[:i]})
		}
		parts = append(parts, newVariable(text[i+2:i+end]))
		text = text[i+end+1:]
	}
	return parts
}

// keepEarlyVariables turns variables before the last part of an ARN into text: AWS expands none in
// the account of a Resource or before it.
func keepEarlyVariables(parts []part) {
	colons := 0
	for i := range parts {
		switch {
		case i == 0 && !strings.HasPrefix(parts[0].Text, "arn:"):
			return
		case parts[i].Key == "" && !parts[i].literal:
			colons += strings.Count(parts[i].Text, ":")
		case parts[i].Key != "" && colons < 5:
			parts[i] = part{Text: parts[i].raw, literal: true}
		}
	}
}

// newVariable reads what stands between the braces.
func newVariable(inner string) part {
	if inner == "*" || inner == "?" || inner == "$" {
		return part{Text: inner, literal: true}
	}
	key, fallback, ok := strings.Cut(inner, ",")
	p := part{Key: strings.ToLower(strings.TrimSpace(key)), raw: "${" + inner + "}"}
	if p.Key == "" {
		p.Key = "${}" // no key has this name, so it never has a value
	}
	if !ok {
		return p
	}
	fallback = strings.TrimSpace(fallback)
	if len(fallback) >= 2 && fallback[0] == '\'' && fallback[len(fallback)-1] == '\'' {
		p.Fallback, p.HasDefault = fallback[1:len(fallback)-1], true
	}
	return p
}

// Cost is the work of matching a text, its variables included.
func (t *Template) Cost(text string) int { return t.Pattern.Cost(text) + 8*len(t.Parts) }

// Uses reports whether the key is one of the template's variables.
func (t *Template) Uses(key string) bool {
	return t.UsesAny(func(k string) bool { return k == key })
}

// UsesAny reports whether one of some keys is one of the template's variables.
func (t *Template) UsesAny(key func(string) bool) bool {
	for i := range t.Parts {
		if t.Parts[i].Key != "" && key(t.Parts[i].Key) {
			return true
		}
	}
	return false
}

// maxCaptures bounds the values that are read out of one resource.
const maxCaptures = 8

// Captures returns values that a variable would need for the template to match a resource. It looks
// no further than the first variable after plain text: the values are only tried, never relied on.
func (t *Template) Captures(key, resource string) []string {
	before := ""
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.Key == "" {
			before += p.Text
			continue
		}
		rest, ok := strings.CutPrefix(resource, before)
		if p.Key != key || !ok || IndexWildcard(before) >= 0 {
			return nil
		}
		stop := ""
		if i+1 < len(t.Parts) && t.Parts[i+1].Text != "" && t.Parts[i+1].Text[0] < FirstWildcard {
			stop = t.Parts[i+1].Text[:1]
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

// Multivalued names the context keys that hold lists. They cannot be used as variables.
func Multivalued(key string) bool {
	switch key {
	case "aws:tagkeys", "aws:calledvia", "aws:principalorgpaths", "aws:resourceorgpaths",
		"aws:sourceorgpaths", "aws:vpceorgpaths", "aws:principalservicenameslist",
		"sts:transitivetagkeys", "kms:encryptioncontextkeys", "kms:grantoperations",
		"kms:resourcealiases", "dynamodb:attributes", "dynamodb:leadingkeys":
		return true
	}
	return false
}
