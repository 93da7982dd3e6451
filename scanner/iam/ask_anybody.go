package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// AskAnybody answers a question, which leaves the principal open, for everybody with an account
// whom the resource's policy names, for the others named and for somebody in each of the accounts
// whom nobody names. It gives the answer that goes furthest. Callers are taken to have every right
// of their own.
func AskAnybody(req *Request, resource *Policy, others, accounts []string) (best Answer) {
	partition, policies := principal.PartitionOf(req.Resource), []*Policy{resource}
	known, accounts := slices.Clone(others), slices.Clone(accounts)
	for i := range resource.doc.Statements {
		for _, entry := range resource.doc.Statements[i].Principals {
			switch {
			case entry.Kind != PrincipalAWS:
			case entry.Form == principal.FormAccount:
				accounts = append(accounts, entry.Account)
			case IsAccountID(AccountOf(entry.Value)):
				known = append(known, entry.Value)
			}
		}
		known = append(known, principalARNs(&resource.doc.Statements[i])...)
	}
	var standIns []string
	for _, account := range accounts {
		standIns = append(standIns, UnnamedRole(policies, partition, account))
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
