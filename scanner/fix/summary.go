package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// Summary says in a line what the proposal changes, every document of it, for whoever
// decides whether to look at it.
func (p *Proposal) Summary() string {
	var all []string
	for i := range p.Changes {
		all = append(all, p.Changes[i].summary())
	}
	return strings.Join(all, ", and ")
}

// summary says what is done to the document: each edit of it, where it takes several.
func (ch *Change) summary() string {
	what := "the " + ch.Kind.Noun()
	if name := strings.TrimPrefix(ch.Name, "inline/"); name != "" {
		what += " " + name
	}
	what += " of " + ch.Resource
	if _, policy := ch.Kind.Policy(); policy && ch.Before == "" {
		return "put " + what + ", of which there is none"
	}
	var all []string
	each := ch.each()
	for i := range each {
		all = append(all, each[i].does())
	}
	if done := slices.Compact(slices.Clone(all)); len(done) == 1 && len(all) > 1 {
		return fmt.Sprintf("%s %s, %d times", done[0], what, len(all))
	}
	return strings.Join(all, ", and ") + strings.Repeat(",", min(len(all)-1, 1)) + " " + what
}

// does says what an edit does, up to the document's name.
func (ch *Change) does() string {
	made := slices.DeleteFunc(slices.Clone(ch.Patch), func(o Operation) bool { return o.Op == "test" })
	if len(made) == 0 {
		return "change"
	}
	if _, policy := ch.Kind.Policy(); !policy && ch.Kind != document.KindACL {
		return "set"
	}
	last := &made[len(made)-1]
	_, inside, _ := strings.Cut(strings.TrimPrefix(last.Path, "/Statement"), "/")
	_, member, _ := strings.Cut(inside, "/")
	switch {
	case strings.HasPrefix(last.Path, "/Grants"):
		return "take a grant out of"
	case slices.ContainsFunc(made, func(o Operation) bool { return o.Op == "replace" && strings.HasSuffix(o.Path, "/Principal") }):
		return "name another principal in a statement of"
	case last.Op == "remove" && member != "":
		return fmt.Sprintf("take %s out of a statement of", ch.was(last.Path))
	case last.Op == "remove":
		return "take a statement out of"
	case last.Op == "add" && member == "" && len(made) == 1:
		return "add a statement to"
	case len(made) > 1 && member == "":
		return fmt.Sprintf("put %d statements in the place of one of", len(made))
	case member == "Condition":
		return "change the condition of a statement of"
	default:
		return "rewrite a statement of"
	}
}

// was is the value that a patch tests before it takes it away.
func (ch *Change) was(path string) string {
	for _, o := range ch.Patch {
		var text string
		if o.Op == "test" && o.Path == path && json.Unmarshal(o.Value, &text) == nil {
			return text
		}
	}
	return "a part"
}
