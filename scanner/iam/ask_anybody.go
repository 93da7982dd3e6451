package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
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

// AskAnybody answers a question, which leaves the principal open, for each of the callers, and gives
// the answer that goes furthest. Callers are taken to have every right of their own.
func AskAnybody(req *Request, resource *Policy, c *Callers) (best Answer) {
	accounts := slices.Clone(c.Accounts)
	known := slices.DeleteFunc(slices.Clone(c.Principals), func(arn string) bool { return !IsAccountID(AccountOf(arn)) })
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
	var standIns []string
	for _, account := range accounts {
		standIns = append(standIns, UnnamedRole([]*Policy{resource}, principal.PartitionOf(req.Resource), account))
	}
	all := append(known, standIns...)
	slices.Sort(all)
	for i, caller := range slices.Compact(all) {
		one := *req
		one.Principal = caller
		one.Context = req.Context.With("aws:PrincipalAccount", AccountOf(caller))
		if a, _ := ParseARN(caller); a.Service == "iam" && !slices.Contains(standIns, caller) {
			one.Context = one.Context.With("aws:PrincipalArn", caller)
		}
		answer := Explain(&one, &Policies{Identity: everything, Resource: resource})
		further := answer.Verdict > best.Verdict || answer.Verdict == best.Verdict && answer.ExplicitDeny && !best.ExplicitDeny
		if i == 0 || further {
			best = answer
		}
		if best.Verdict == Yes {
			break
		}
	}
	return best
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
