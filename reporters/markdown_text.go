package reporters

import (
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// reference matches what GitHub turns into a mention or a link wherever it
// stands in prose: a user, an issue, an address.
var reference = regexp.MustCompile(`(?i)(^|[^0-9a-z_])(@|#|gh-)[0-9a-z]|://|www\.|[0-9a-z]@[0-9a-z]`)

// mdText makes a text from outside part of prose: nothing in it is markup, a
// link or a mention. A text that GitHub would still act on becomes code.
func mdText(s string) string {
	s = Visible(s)
	if reference.MatchString(s) {
		return mdCode(s)
	}
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && strings.ContainsRune("\\`*_{}[]<>()#+!|~&$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	text := strings.TrimSpace(b.String())
	if text != "" && strings.ContainsRune("-=:", rune(text[0])) {
		text = `\` + text
	}
	return text
}

// mdCode makes a name from outside a code span, fenced by more backticks than
// it holds. A vertical bar is escaped even there, because GitHub splits table
// cells first.
func mdCode(s string) string {
	s = strings.TrimSpace(Visible(s))
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}

// mdWho is who changed something, as a further line of a cell.
func mdWho(w *scanner.Who) string {
	if w == nil {
		return ""
	}
	return "<br>" + mdText(who(w))
}
