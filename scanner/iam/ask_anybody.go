package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// Callers are those whom [AskAnybody] asks about. Without principals and accounts they are
// everybody with an account whom the resource's policy names.
type Callers struct {
	Principals []string // ARNs
	// Accounts are asked about whole: whom the policy names there, and somebody whom it does not.
	Accounts []string
	Except   []string // principals as the policy names them
}

// Anybody says that nothing narrows the callers.
func (c *Callers) Anybody() bool { return len(c.Principals)+len(c.Accounts) == 0 }

// named lists the callers that the policy or the question names, and the accounts of which somebody
// else may call.
func (c *Callers) named(resource *Policy) (known, accounts []string) {
	accounts = slices.Clone(c.Accounts)
	known = slices.DeleteFunc(slices.Clone(c.Principals), func(arn string) bool { return !IsAccountID(AccountOf(arn)) })
	add := func(arn string) {
		account := AccountOf(arn)
		if IsAccountID(account) && (c.Anybody() || slices.Contains(c.Accounts, account)) && !slices.Contains(c.Except, arn) {
			known = append(known, arn)
		}
	}
	for i := range resource.doc.Statements {
		for _, entry := range resource.doc.Statements[i].Principals {
			switch {
			case entry.Kind != PrincipalAWS:
			case entry.Form != principal.FormAccount:
				add(entry.Value)
			case c.Anybody() && !slices.Contains(c.Except, entry.Value):
				accounts = append(accounts, entry.Account)
			}
		}
		for _, arn := range principalARNs(&resource.doc.Statements[i]) {
			add(arn)
		}
	}
	if c.Anybody() {
		accounts = append(accounts, UnnamedAccount([]*Policy{resource}))
	}
	slices.Sort(known)
	slices.Sort(accounts)
	return slices.Compact(known), slices.Compact(accounts)
}

// AskAnybody answers a question, which leaves the principal open, for each of the callers, and gives
// the answer that goes furthest. Of the policies those of the resource count: callers are taken to
// have every right of their own.
func AskAnybody(req *Request, p *Policies, c *Callers) (best Answer) {
	known, accounts := c.named(p.Resource)
	first, steps := true, leastNamedCost*weight(p.documents())
	defer func() { req.Effort.add(steps) }()
	ask := func(caller string, invented bool) {
		if steps > maxSteps {
			best.Verdict, best.Capped = max(best.Verdict, Depends), best.Capped || best.Verdict != Yes
			return
		}
		var answer Answer
		answer, steps = askCaller(req, p, caller, invented, steps)
		further := answer.Verdict > best.Verdict || answer.Verdict == best.Verdict && answer.ExplicitDeny && !best.ExplicitDeny
		if first || further {
			best, first = answer, false
		}
	}
	for _, caller := range known {
		ask(caller, false)
	}
	for _, account := range accounts {
		if best.Verdict == Yes {
			break
		}
		standIns, complete := unnamedIn(req, p, account, &steps)
		for _, caller := range standIns {
			ask(caller, true)
		}
		if !complete && best.Verdict == No {
			best.Verdict, best.Capped = Depends, true
		}
	}
	return best
}

// askCaller answers a question for one caller. One that was invented for those whom nobody names is
// not shown.
func askCaller(req *Request, p *Policies, caller string, invented bool, steps int) (Answer, int) {
	one := *req
	one.Principal, one.derived = caller, true
	one.Context = req.Context.With("aws:PrincipalAccount", AccountOf(caller))
	if a, _ := ParseARN(caller); a.Service == "iam" {
		one.Context = one.Context.With("aws:PrincipalArn", caller)
	}
	if organization, ok := one.Context.Get("aws:resourceorgid"); ok && AccountOf(caller) == req.ResourceAccount {
		one.Context = one.Context.With("aws:PrincipalOrgID", organization...) // both are of one account
		one.Declared = append(slices.Clip(one.Declared), "aws:PrincipalOrgID")
	}
	answer, steps := explain(&one, &Policies{Identity: everything, Resource: p.Resource, RCPs: p.RCPs, ManagementAccount: p.ManagementAccount}, steps)
	if invented {
		answer.reword(strings.NewReplacer(caller, "a principal of account "+AccountOf(caller)))
	}
	return answer, steps
}

// unnamedIn gives principals of an account whom the policy does not name, one for every way in which
// its conditions tell their ARNs apart.
func unnamedIn(req *Request, p *Policies, account string, steps *int) (arns []string, complete bool) {
	if *steps > maxSteps {
		return nil, false
	}
	q := Question{Request: *req, Policies: Policies{Resource: p.Resource, RCPs: p.RCPs}, steps: *steps + leastNamedCost*weight(p.documents())}
	defer func() { *steps = q.steps }()
	role := UnnamedRole(q.all(), principal.PartitionOf(req.Resource), account)
	prefix, name, _ := strings.Cut(role, ":role/")
	named := q.comparedWith(keyPrincipalARN)
	arns, complete = q.oneOfEach(named, name, representative.Domain{Prefix: prefix + ":role/", MinLength: 1})
	if len(named) > 0 {
		users, all := q.oneOfEach(named, name, representative.Domain{Prefix: prefix + ":user/", MinLength: 1})
		arns, complete = append(arns, users...), complete && all
	}
	return arns, complete
}

// principalARNs are the principals that a statement narrows a whole account to.
func principalARNs(s *policy.Statement) (arns []string) {
	for i := range s.Conditions {
		for j := range s.Conditions[i].Values {
			value := s.Conditions[i].Values[j].Raw
			if s.Conditions[i].Key == keyPrincipalARN && IsAccountID(AccountOf(value)) && !strings.ContainsAny(value, "*?$") {
				arns = append(arns, value)
			}
		}
	}
	return arns
}
