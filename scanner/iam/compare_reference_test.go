package iam_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/iam"
)

var (
	seeds = flag.Int("iam.seeds", 1, "how many seeds to compare with the reference evaluator")
	cases = flag.Int("iam.cases", 20000, "how many random cases a seed has")
)

// TestRandomAgainstReference compares random questions with the reference evaluator: concrete ones for
// the same answer; open ones for soundness in every world tried, and for true witnesses.
func TestRandomAgainstReference(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	for seed := range *seeds {
		g := newGen(uint64(seed))
		for i := range *cases {
			q := g.question()
			if diff := concreteDifference(t, reference{}, q); diff != "" {
				t.Fatalf("seed %d case %d: %s\n%s", seed, i, diff, describe(q))
			}
			if i%32 == 0 || *seeds > 1 && i%8 == 0 {
				if diff := openDifference(t, g, q); diff != "" {
					t.Fatalf("seed %d case %d: %s\n%s", seed, i, diff, describe(q))
				}
			}
		}
	}
}

func concreteDifference(t testing.TB, r reference, q *question) string {
	req, p := ours(t, q)
	got, want := iam.Evaluate(req, p), iam.No
	if r.allowed(q) {
		want = iam.Yes
	}
	if got != want {
		return "got " + got.String() + ", the reference says " + want.String()
	}
	if a := iam.Explain(req, p); a.Verdict != got {
		return "Explain says " + a.Verdict.String() + ", Evaluate " + got.String()
	}
	return ""
}

// openDifference makes some keys unknown, or the resource a set.
func openDifference(t testing.TB, g gen, q *question) string {
	req, p := ours(t, q)
	var unknown []keyWords
	for range 1 + g.IntN(2) {
		w := words[g.IntN(len(words))]
		unknown = append(unknown, w)
		req.Unknown = append(req.Unknown, w.key)
	}
	set := g.chance(30)
	if set {
		req.Resource = pick(g, "arn:aws:s3:::b/*", "arn:aws:s3:::b/a*", "*")
	}
	a := iam.Explain(req, p)
	if v := iam.Evaluate(req, p); v != a.Verdict {
		return "Evaluate says " + v.String() + ", Explain " + a.Verdict.String()
	}
	if a.Verdict == iam.Depends {
		return witnessDifference(q, &a)
	}
	bad := ""
	eachWorld(q, unknown, func(world *question) {
		resources := []string{world.resource}
		if set {
			resources = members(req.Resource, partition(world.principal))
		}
		for _, res := range resources {
			world.resource = res
			if (reference{}).allowed(world) != (a.Verdict == iam.Yes) && bad == "" {
				bad = "got " + a.Verdict.String() + " for unknown " + strings.Join(req.Unknown, " ") + " on " + req.Resource +
					", the reference disagrees for " + describe(world)
			}
		}
	})
	return bad
}

// witnessDifference checks that the witnesses show both sides.
func witnessDifference(q *question, a *iam.Answer) string {
	for _, side := range []struct {
		w    *iam.Witness
		want bool
	}{{a.WitnessAllow, true}, {a.WitnessDeny, false}} {
		if side.w == nil {
			if a.Capped || hasVariables(q) {
				continue
			}
			return "depends without both witnesses"
		}
		world := *q
		world.resource, world.context = side.w.Resource, map[string][]string{}
		for k, v := range side.w.Context {
			world.context[strings.ToLower(k)] = v
		}
		if (reference{}).allowed(&world) != side.want {
			return "a witness is wrong: " + describe(&world)
		}
	}
	return ""
}

func hasVariables(q *question) bool { return strings.Contains(describe(q), "${aws:") }

func eachWorld(q *question, unknown []keyWords, visit func(*question)) {
	if len(unknown) == 0 {
		world := *q
		visit(&world)
		return
	}
	w := unknown[0]
	key := strings.ToLower(w.key)
	saved := q.context
	try := func(values ...string) {
		next := *q
		next.context = map[string][]string{}
		for k, v := range saved {
			next.context[k] = v
		}
		delete(next.context, key)
		if len(values) > 0 {
			next.context[key] = values
		}
		eachWorld(&next, unknown[1:], visit)
	}
	try()
	for _, v := range w.request {
		if w.key == "aws:SecureTransport" || slices.Contains(w.request, v) {
			try(v)
		}
	}
	if w.list {
		try("a", "b")
		try("a", "b", "ab")
	}
}

// partition is that of a principal: a set of resources lies within its caller's partition.
func partition(principal string) string {
	if strings.HasPrefix(principal, "arn:aws-cn:") {
		return "aws-cn"
	}
	return "aws"
}

// members lists short resources of a set.
func members(set, partition string) []string {
	prefix := strings.TrimSuffix(set, "*")
	out := []string{prefix}
	for _, a := range []string{"a", "b", "/", "*"} {
		out = append(out, prefix+a, "arn:"+partition+":s3:::b/"+a)
		for _, b := range []string{"a", "b", "/", "x"} {
			out = append(out, prefix+a+b, prefix+a+b+"b")
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return !strings.HasPrefix(s, prefix) || strings.HasSuffix(s, "*") })
}

// TestPlantedBugs shows that the comparison is sharp: a reference with any one mistake is found
// out.
func TestPlantedBugs(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	bugs := strings.Fields(`anonymous-signed root-assumes partition scp-linked scp-management rcp-linked rcp-management
		boundary-deny session-deny rcp-deny deny-ignored root-locked-out scp-any-level restrict boundary-ignored session-ignored
		cross-either session-limited user-limited delegation role-bypasses account-grants version action-case not-action
		not-resource not-principal conditions-or principal-wildcard root-partition role-session session-prefix
		not-principal-boundary not-principal-loose null if-exists for-all-absent for-any-absent negated-absent values-and
		for-all-any for-any-all negation equals-wild value-case arn-flat ip-bits less-equal greater-equal escape value-wild
		default unresolved op-StringEquals op-StringEqualsIgnoreCase op-StringLike op-ArnEquals op-ArnLike op-Bool
		op-BinaryEquals op-IpAddress op-NumericEquals op-NumericLessThan op-NumericLessThanEquals op-NumericGreaterThan
		op-NumericGreaterThanEquals op-DateEquals op-DateLessThan op-DateLessThanEquals op-DateGreaterThan op-DateGreaterThanEquals`)
	found := map[string]bool{}
	g := newGen(8)
	for asked := 0; asked < 100000 && len(found) < len(bugs); asked++ {
		q := g.question()
		req, p := ours(t, q)
		got := iam.Evaluate(req, p) == iam.Yes
		for _, b := range bugs {
			if !found[b] && (reference{bug: b}).allowed(q) != got {
				found[b] = true
			}
		}
	}
	for _, b := range bugs {
		if !found[b] {
			t.Errorf("the comparison does not notice the bug %s", b)
		}
	}
}
