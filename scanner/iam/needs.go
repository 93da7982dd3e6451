package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// needs lists the condition keys that decide. A key decides when changing its value alone changes
// the verdict, either of the question that stands for a yes or of the one that stands for a no.
// Where no single key does, all keys that the policies ask about count.
func (x *explanation) needs(e *eval, yes, no *Request) []string {
	t := &x.tracer
	x.keys = t.Keys(x.keys[:0])
	keys := x.keys
	decisive := keys
	if yes != nil && no != nil {
		deciding := x.deciding[:0]
		for _, k := range keys {
			if e.Steps > maxSteps {
				deciding = keys // nothing more precise is known
				break
			}
			if values := x.valuesToTry(e, k); x.changesVerdict(e, yes, k, values, Yes) || x.changesVerdict(e, no, k, values, No) {
				deciding = append(deciding, k)
			}
		}
		x.deciding = deciding
		if len(deciding) > 0 || t.Set {
			decisive = deciding
		}
	}
	out := make([]string, 0, len(decisive))
	for _, k := range decisive {
		out = append(out, displayName(e.req, t, k))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxTurns bounds the values tried for one key.
const maxTurns = 24

// valuesToTry returns the values of an unknown key to try, absence first.
func (x *explanation) valuesToTry(e *eval, key string) [][]string {
	x.search.work = 4 * representative.MaxWork
	found := x.search.values(e, key)
	values := x.values[:0]
	if st, _ := e.Lookup(key); st != match.KeyUnknownPresent && !found.present {
		values = append(values, nil)
	}
	x.values = append(values, found.values...)
	return x.values[:min(len(x.values), maxTurns)]
}

// changesVerdict reports whether some value of the key changes the verdict of a question in one world.
func (x *explanation) changesVerdict(e *eval, c *Request, key string, values [][]string, verdict Verdict) bool {
	in := &x.probe
	*in = eval{Matcher: match.Matcher{World: in.World[:0]}}
	in.startInWorld(e, c)
	for _, v := range values {
		was := in.assign(match.Assignment{Key: key, Values: v})
		got := in.verdict()
		in.unassign(was)
		if got != Depends && got != verdict {
			e.Steps += in.Steps
			return true
		}
	}
	e.Steps += in.Steps
	return false
}

// displayName spells a key as the request or a policy spells it.
func displayName(req *Request, t *trace.Trace, key string) string {
	for _, n := range req.Unknown {
		if strings.EqualFold(n, key) {
			return n
		}
	}
	for _, c := range t.Conditions { // a trace holds few keys; with many the question would have been capped
		if c.Key == key {
			return c.Name
		}
	}
	for _, n := range req.AlwaysPresent {
		if strings.EqualFold(n, key) {
			return n
		}
	}
	return key
}

// awsName spells a key that AWS derives from the principal as AWS does, however a policy spells it.
func awsName(name string) string {
	for _, n := range [...]string{
		"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalIsAWSService",
		"aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
		"aws:userid", "aws:username",
	} {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return name
}
