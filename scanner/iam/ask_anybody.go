package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// Callers are the principals that [AskAnybody] asks about. Where Principals and Accounts are empty,
// they are all principals with an account that the resource's policy names or covers.
type Callers struct {
	Principals []string // ARNs
	// Accounts are whole accounts: the principals that the policy names there, and one that stands
	// for all others.
	Accounts []string
	Except   []string // principals as the policy names them
}

// Anybody reports whether nothing narrows the callers.
func (c *Callers) Anybody() bool { return len(c.Principals)+len(c.Accounts) == 0 }

// named lists the callers that the policy or the question names, and the accounts in which others
// may call too.
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

// AskAnybody answers a question that leaves the principal open, for each of the callers, and
// returns the answer that grants most. Only the policies of the resource count: callers are assumed
// to have every right of their own.
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

// askCaller answers a question for one caller. An invented caller, who stands for principals that
// nobody names, does not appear in the answer.
func askCaller(req *Request, p *Policies, caller string, invented bool, steps int) (Answer, int) {
	one := *req
	one.Principal, one.derived = caller, true
	one.Context = req.Context.With("aws:PrincipalAccount", AccountOf(caller))
	if a, _ := ParseARN(caller); a.Service == "iam" {
		one.Context = one.Context.With("aws:PrincipalArn", caller)
	}
	if organization, ok := one.Context.Get("aws:resourceorgid"); ok && AccountOf(caller) == req.ResourceAccount {
		one.Context = one.Context.With("aws:PrincipalOrgID", organization...) // both are of one account
		if pattern.ContainsFold(req.Declared, "aws:resourceorgid") {
			one.Declared = append(slices.Clip(one.Declared), "aws:PrincipalOrgID")
		}
	}
	answer, steps := explain(&one, &Policies{Identity: everything, Resource: p.Resource, RCPs: p.RCPs, ManagementAccount: p.ManagementAccount}, steps)
	if invented {
		answer.reword(caller, caller, "a principal of account "+AccountOf(caller))
	}
	return answer, steps
}

// unnamedIn returns principals of an account that the policy does not name, one for every way in
// which its conditions tell their ARNs apart.
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

// principalARNs returns the principals to which conditions limit a statement for a whole account.
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
