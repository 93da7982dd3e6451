package facts

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/doors"
	"github.com/trailguard/trailguard/scanner/iam"
)

// isDoor says that somebody comes without an ExternalId by nature. The class of
// all services is not one: it is let in with everybody else.
func isDoor(p *iam.PrincipalClass) bool {
	return p.Kind == iam.ClassFederated || p.Kind == iam.ClassService && p.Value != iam.AnyService
}

// names says that a statement is about a service or provider, by its name or as
// anybody.
func names(s *iam.Statement, principal string) bool {
	return slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Value == principal || p.Kind == iam.PrincipalAnyone })
}

func (e *export) otherDoors() *fact.Of[fact.OtherDoors] {
	t, status, ok := e.trust()
	if !ok {
		return fact.Unresolved[fact.OtherDoors](status)
	}
	expected := slices.Concat(e.immuta().Principals, e.Expect.BreakGlass)
	value := fact.OtherDoors{RoleARN: t.arn, Doors: []fact.Door{}}
	statements := t.doc.Statements()
	var open []iam.Access
	trusted := e.whoIsTrusted(&t)
	for _, access := range trusted {
		if access.Rest || !isDoor(&access.Principal) {
			continue
		}
		open = append(open, access)
		shown := t.access(&access, "")
		door := fact.Door{
			Principal: shown.Principal, Kind: shown.Kind, Expected: slices.Contains(expected, access.Principal.Value),
			At: shown.At, Key: shown.Kind + " " + shown.Principal,
		}
		// Of several statements one that lets in strangers is enough.
		for i := range statements {
			s := &statements[i]
			if s.Effect == iam.Allow && door.Missing == "" && names(s, access.Principal.Value) {
				if door.Missing = doors.Missing(s, &access.Principal); door.Missing != "" {
					door.At = scanner.At(t.ref, s.Pointer)
				}
			}
		}
		value.Doors = append(value.Doors, door)
	}
	wrong := func(d fact.Door) bool { return d.Missing != "" || !d.Expected }
	if slices.ContainsFunc(trusted, isRest) && !slices.ContainsFunc(value.Doors, wrong) {
		return fact.Unresolved[fact.OtherDoors](t.open("which services and identity providers may assume the role"))
	}
	status = scanner.FactStatus{Resource: t.arn, Assumptions: t.controls.Taken(e.Run.Assumptions, scanner.NoRCP)}
	accessReasons(&t, open, &status)
	if len(open) == 0 {
		status.Reasons = []scanner.Reason{fact.Note(scanner.At(t.ref, ""), "the trust policy lets in no service and no identity provider")}
	}
	status.Evidence = proof.Evidence(status.Reasons, t.ref)
	return fact.Known(value, status)
}
