package listed

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Of turns an access by a policy, the document at ref, into what a rule sees. The
// statement that decides gives its place and its key.
func Of(d *view.PolicyDocument, ref string, a *iam.Access, how string) fact.Access {
	out := fact.Access{
		Principal: a.Principal.Value, Kind: strings.ReplaceAll(string(a.Principal.Kind), "-", "_"),
		Action: a.Action, How: how, At: scanner.At(ref, ""),
	}
	if out.Principal == "" || out.Principal == "*" || a.Principal.Kind == iam.ClassAnonymous || a.Principal.Kind == iam.ClassAnyAccount {
		out.Principal = "anyone"
	}
	if r, ok := decidingAllow(d.Policy, a); ok {
		out.At = scanner.At(ref, r.Pointer)
		out.Key = d.Digests()[r.Index]
	}
	return out
}

// decidingAllow is the policy's statement by which somebody gets in. Other
// reasons are those of policies that stand for the caller's own.
func decidingAllow(p *iam.Policy, a *iam.Access) (iam.Reason, bool) {
	for i := range a.Reasons {
		if a.Reasons[i].Policy == p.Name() && a.Reasons[i].Effect == string(iam.Allow) {
			return a.Reasons[i], true
		}
	}
	return iam.Reason{}, false
}

// namesShown bounds how many principals and actions of one statement are named.
const namesShown = 3

// Merge makes one access of all that come by one statement: a finding
// is about a statement, which may name many.
func Merge(accesses []fact.Access) []fact.Access {
	out := []fact.Access{}
	type statement struct{ key, at string }
	places := map[statement]int{}
	var names, actions []Distinct
	for _, a := range accesses {
		i, met := places[statement{a.Key, a.At}]
		if !met {
			i = len(out)
			places[statement{a.Key, a.At}] = i
			out, names, actions = append(out, a), append(names, Distinct{}), append(actions, Distinct{})
		}
		names[i].Add(a.Principal)
		actions[i].Add(a.Action)
	}
	for i := range out {
		shown := names[i].List
		if names[i].met["anyone"] {
			shown = []string{"anyone"}
		}
		out[i].Principal, out[i].Action = Some(shown), Some(actions[i].List)
	}
	return out
}

// Distinct is a list of texts, each once.
type Distinct struct {
	List []string
	met  map[string]bool
}

// Add adds a text, unless it is there.
func (d *Distinct) Add(text string) {
	if d.met[text] {
		return
	}
	if d.met == nil {
		d.met = map[string]bool{}
	}
	d.met[text], d.List = true, append(d.List, text)
}

// Some names the first of a list, and how many more there are.
func Some(names []string) string {
	if more := len(names) - namesShown; more > 0 {
		names = append(names[:namesShown:namesShown], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, " and ")
}
