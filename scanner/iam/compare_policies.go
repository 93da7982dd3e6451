package iam

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// CompareOptions say where the compared policies are attached.
type CompareOptions struct {
	Type policy.Type
	// Account owns the resource, the role or the identity. An example account is used where it is
	// empty.
	Account string
	// Resource is the ARN of the bucket, key or role that a resource or trust policy is
	// attached to. Without it the patterns of the policies decide which resources are tried.
	Resource string
}

// maxQuestions bounds the questions that ComparePolicies asks.
const maxQuestions = 8192

// ComparePolicies compares two versions of one policy; nil means that there is none. It chooses the
// questions itself: everybody whom either version names, one action and one resource for every
// combination of patterns that either version tells apart, and every condition key unknown.
func ComparePolicies(before, after *Policy, o CompareOptions) Comparison {
	empty := &Policy{policy.Document{Name: "no policy", Kind: o.Type, Version: "2012-10-17"}}
	if before == nil {
		before = empty
	}
	if after == nil {
		after = empty
	}
	if before.Digest() == after.Digest() {
		return Comparison{Change: Equivalent}
	}
	o.Account = cmp.Or(o.Account, ownerOf(o.Resource, &principal.Caller{}), "111111111111")
	var total comparer
	for _, s := range settings(before, after, o) {
		c := comparer{before: s.before, after: s.after, widened: total.widened, narrowed: total.narrowed, steps: total.steps}
		c.prepare()
		questions, all := s.questions(&c, o)
		c.capped = !all
		for i := range questions {
			c.ask(&questions[i])
		}
		total.widened, total.narrowed, total.steps = c.widened, c.narrowed, c.steps
		total.capped = total.capped || c.capped
	}
	return total.outcome()
}

// setting is one environment in which the two versions are compared.
type setting struct {
	before, after *Policies
	candidates    []*candidate
}

// settings returns environments in which the compared policy decides: in the first, everybody has
// full rights of their own. A resource policy can also be the only one that allows, which the
// second one shows.
func settings(before, after *Policy, o CompareOptions) []setting {
	full := []*Policy{AllowAll("identity policies")}
	partition := principal.PartitionOf(o.Resource)
	both := []*Policy{before, after}
	delegates := delegating(o.Account)
	self := listCallers(nil, o.Account, partition).Candidates
	switch o.Type {
	case policy.ResourcePolicy, policy.TrustPolicy:
		everybody := listCallers(both, o.Account, partition).Candidates
		var within []*candidate
		for _, c := range everybody {
			if c.Class.Account == o.Account {
				within = append(within, c)
			}
		}
		return []setting{
			{&Policies{Identity: full, Resource: before}, &Policies{Identity: full, Resource: after}, everybody},
			{&Policies{Resource: before}, &Policies{Resource: after}, within},
		}
	case policy.ControlPolicy:
		if namesPrincipals(before) || namesPrincipals(after) {
			open := AllowAll("resource policy")
			return []setting{{
				&Policies{Identity: full, Resource: open, RCPs: [][]*Policy{{before}}},
				&Policies{Identity: full, Resource: open, RCPs: [][]*Policy{{after}}},
				listCallers([]*Policy{before, after, open}, o.Account, partition).Candidates,
			}}
		}
		return []setting{{
			&Policies{Identity: full, Resource: delegates, SCPs: [][]*Policy{{before}}},
			&Policies{Identity: full, Resource: delegates, SCPs: [][]*Policy{{after}}}, self,
		}}
	case policy.IdentityPolicy:
	}
	return []setting{{
		&Policies{Identity: one(before), Resource: delegates}, &Policies{Identity: one(after), Resource: delegates}, self,
	}}
}

// delegating is a resource policy that leaves everything to the account's identity policies. Roles
// and keys need one, or the effect of identity policies would not show.
func delegating(account string) *Policy {
	p := AllowAll("resource policy")
	p.doc.Statements[0].Principals = []principal.Entry{principal.NewEntry(principal.AWS, account)}
	return p
}

func namesPrincipals(p *Policy) bool {
	return slices.ContainsFunc(p.doc.Statements, func(s policy.Statement) bool { return s.HasPrincipal })
}

// questions combines all callers with the actions and resources that the policies tell apart, if
// some changed statement can apply to them.
func (s *setting) questions(c *comparer, o CompareOptions) (questions []Request, all bool) {
	actions, all := c.actions(o)
	resources, complete := c.resources(o)
	all = all && complete
	for _, act := range actions {
		for _, res := range resources {
			if c.steps > maxComparison {
				return questions, false
			}
			if !c.touches(act, res) {
				continue
			}
			for i := range s.candidates {
				if len(questions) == maxQuestions {
					return questions, false
				}
				w := s.candidates[i]
				if !w.Calls(act) {
					continue
				}
				questions = append(questions, requestOf(w, act, res, o.Account, Context{}, nil))
			}
		}
	}
	return questions, all
}

// touches reports whether a changed statement covers the action and the resource.
func (c *comparer) touches(act, res string) bool {
	var e eval
	e.init(&Request{Action: act, Resource: res, OthersUnknown: true}, &Policies{})
	defer func() { c.steps += 1 + e.Steps }()
	for _, s := range c.changed {
		if e.MatchAction(s) && e.MatchResource(s) != No {
			return true
		}
	}
	return false
}

// familiarActions are preferred as representatives of patterns. They are easier to read, and the
// policies meet the evaluation rules of their services.
func familiarActions(o CompareOptions) []string {
	a, _ := principal.ParseARN(o.Resource)
	switch {
	case o.Type == policy.TrustPolicy:
		return []string{actionAssume, actionAssumeSAML, actionAssumeWebIdentity, "sts:TagSession", "sts:SetSourceIdentity"}
	case o.Type == policy.ResourcePolicy && a.Service == "kms":
		return []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:DescribeKey"}
	}
	return []string{
		"s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketPolicy",
		"s3:DeleteObjectVersion", "s3:PutObjectAcl", "kms:Decrypt", "kms:GenerateDataKey", actionAssume, "iam:PassRole",
	}
}

// actions returns one action for every combination of action patterns.
func (c *comparer) actions(o CompareOptions) (actions []string, complete bool) {
	var patterns []policy.Action
	var atoms []representative.Atom
	seen := map[string]bool{}
	for _, p := range c.union.Identity {
		for i := range p.doc.Statements {
			for _, a := range p.doc.Statements[i].Actions {
				if text, ok := a.Compiled(); ok && !seen[text] {
					seen[text] = true
					patterns, atoms = append(patterns, a), append(atoms, representative.Atom{Text: text})
				}
			}
		}
	}
	covered := map[string]bool{}
	try := func(act string) {
		if c.steps += len(patterns); c.steps > maxComparison {
			return
		}
		vector := make([]byte, len(patterns)+1)
		vector[len(patterns)] = byte(policy.ServiceOf(act)) // since services have different evaluation rules
		for i := range patterns {
			if patterns[i].MatchFold(act) {
				vector[i] = 1
			}
		}
		if !covered[string(vector)] {
			covered[string(vector)] = true
			actions = append(actions, act)
		}
	}
	for _, a := range familiarActions(o) {
		try(a)
	}
	for i := range patterns {
		if patterns[i].Kind == pattern.Literal {
			try(patterns[i].Raw)
		}
	}
	rest, complete := representative.All(atoms, representative.Domain{MinLength: 1})
	for _, a := range rest {
		try(a)
	}
	return actions, complete && c.steps <= maxComparison
}

// resources returns one resource for every combination of resource patterns. Variables count as
// wildcards here; the comparison itself resolves them.
func (c *comparer) resources(o CompareOptions) (resources []string, complete bool) {
	if o.Type == policy.TrustPolicy {
		return []string{cmp.Or(o.Resource, "arn:aws:iam::"+o.Account+":role/example")}, true
	}
	named := namedResources(c.union.Identity, func(*policy.Statement) bool { return true })
	a, _ := principal.ParseARN(o.Resource)
	switch {
	case o.Type != policy.ResourcePolicy || o.Resource == "":
		return representative.All(named.Atoms, representative.Domain{MinLength: 1})
	case a.Service != "s3" || strings.Contains(a.Resource, "/"):
		return []string{o.Resource}, true
	}
	resources, complete = representative.All(named.Atoms, representative.Domain{Prefix: o.Resource + "/", MinLength: 1})
	return append(resources, o.Resource), complete
}
