package trust

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/doors"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/iam"
)

// isDoor says that a class of principals never sends an ExternalId: services and
// identity providers. The class of all services that nobody names is none: a statement
// for anyone lets it in.
func isDoor(p *iam.PrincipalClass) bool {
	return p.Kind == iam.ClassFederated || p.Kind == iam.ClassService && p.Value != iam.AnyService
}

// OtherDoors are the services and identity providers that may assume the role, with
// what is lacking that would bind them.
func (r *Role) OtherDoors() *fact.Of[fact.OtherDoors] {
	if !r.known {
		return fact.Unresolved[fact.OtherDoors](r.status)
	}
	expected := slices.Concat(r.immuta().Principals, r.export.Expect.BreakGlass)
	value := fact.OtherDoors{RoleARN: r.arn, Doors: []fact.Door{}}
	statements := r.policy.Doc.Statements()
	var open []iam.Access
	trusted := r.whoIsTrusted()
	for _, access := range trusted {
		if access.Rest || !isDoor(&access.Principal) {
			continue
		}
		open = append(open, access)
		shown := r.access(&access, "")
		door := fact.Door{
			Principal: shown.Principal, Kind: shown.Kind, Expected: slices.Contains(expected, access.Principal.Value),
			At: shown.At, Key: shown.Kind + " " + shown.Principal,
		}
		// One of several statements that lets in strangers is enough.
		for i := range statements {
			s := &statements[i]
			if s.Effect == iam.Allow && door.Missing == "" && identities.Names(s, access.Principal.Value) {
				if door.Missing = doors.Missing(s, &access.Principal); door.Missing != "" {
					door.At = scanner.At(r.policy.Ref, s.Pointer)
				}
			}
		}
		value.Doors = append(value.Doors, door)
	}
	wrong := func(d fact.Door) bool { return d.Missing != "" || !d.Expected }
	gaps := r.mayKeepOut(trusted)
	switch open := slices.ContainsFunc(value.Doors, wrong); {
	case !open && slices.ContainsFunc(trusted, listed.IsRest):
		return fact.Unresolved[fact.OtherDoors](r.open("which services and identity providers may assume the role"))
	case open && len(gaps) > 0:
		return fact.Unresolved[fact.OtherDoors](r.unread("whether services and identity providers open the role to strangers", gaps))
	}
	status := scanner.FactStatus{Resource: r.arn, Assumptions: r.controls.Taken(r.export.Run.Assumptions, scanner.NoRCP)}
	r.giveReasons(open, &status)
	if len(open) == 0 {
		status.Reasons = []scanner.Reason{fact.Note(scanner.At(r.policy.Ref, ""), "the trust policy lets in no service and no identity provider")}
	}
	status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref)
	return fact.Known(value, status)
}
