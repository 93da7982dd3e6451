package facts

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

const sourceOrgKey = "aws:SourceOrgID"

// organization compares what is declared with what Organizations says.
func (e *export) organization() *fact.Of[fact.Organization] {
	declared := e.Expect.Organization
	if declared == "" {
		return fact.Unresolved[fact.Organization](fact.NotApplicable(e.Resource, "no organization is declared: expect.organization declares it"))
	}
	if status, ok := e.WritesToS3(); !ok {
		return fact.Unresolved[fact.Organization](status)
	}
	// It is read for the sake of exports to S3: without one, nobody may have asked.
	if !e.OrganizationAsked() {
		return fact.Unresolved[fact.Organization](fact.NotApplicable(e.Resource, "nobody reads Organizations: aws.organization has it read"))
	}
	if status, ok := e.writerStatus(e.Resource); !ok {
		return fact.Unresolved[fact.Organization](status)
	}
	account := iam.AccountOf(e.Writer.ARN)
	m := e.MembershipOf(account)
	text := "Organizations says that account " + account + " is in the organization " + m.ID
	switch {
	case m.Outside && m.ID != declared:
		return fact.Unresolved[fact.Organization](fact.NotApplicable(e.Writer.ARN,
			"the organization "+m.ID+" is read, and account "+account+" is not in it: to which it belongs, no call tells"))
	case m.Outside:
		text = "Organizations says that account " + account + " is not in the organization " + m.ID
	case !m.Member:
		return fact.Unresolved[fact.Organization](fact.Unknown(e.Writer.ARN, proof.Because("whether account "+account+" is in the organization", &m.Gap), m.Gap))
	}
	value := fact.Organization{Account: account, Declared: declared, Matches: m.Member && m.ID == declared}
	if m.Member {
		value.Actual = m.ID
	}
	return fact.Known(value, fact.Rests(e.Writer.ARN, m.Refs, fact.Note(scanner.At(m.Refs[len(m.Refs)-1], ""), text)))
}

// byOrganization is the access that everybody in the writer's organization has,
// where an access of anybody depends on the organization alone. To which organization
// a named account belongs, nobody declares: ok is then false.
func (e *export) byOrganization(action *trail.Action, d *view.PolicyDocument, restrict bool, access *iam.Access, effort *iam.Effort) (iam.Access, bool) {
	organization, _ := e.Organization()
	if organization == "" || !ofOrganization(access, access.OutsideNeeds()) {
		return iam.Access{}, false
	}
	q := e.writeQuestion(action.Name, e.resourceOf(action), d, restrict)
	q.Context, q.Effort = q.Context.With(view.PrincipalOrgKey, organization), effort
	for _, found := range iam.WhoCan(*q) {
		if found.Principal == access.Principal && !found.Capped && len(found.OutsideNeeds()) == 0 {
			return found, true
		}
	}
	return iam.Access{}, false
}

// ofOrganization says that an access of anybody depends on the organization alone.
func ofOrganization(access *iam.Access, needs []string) bool {
	return access.Principal.Kind == iam.ClassAnyAccount && len(needs) == 1 && strings.EqualFold(needs[0], view.PrincipalOrgKey)
}

// actsFor lists for whom a service may act. Where that depends on the organization
// of the source, sources in the writer's organization are no strangers, and decided
// says that it is known. The question is then asked for every other organization that the policy
// tells apart, and for accounts that belong to none.
func (e *export) actsFor(q *iam.WhoCanQuestion, d *view.PolicyDocument, service iam.PrincipalClass, own []string) (sources []iam.SourceAccess, decided bool) {
	all := iam.WhoActsThrough(q, service, own)
	open := slices.ContainsFunc(all, func(s iam.SourceAccess) bool {
		return slices.ContainsFunc(s.OutsideNeeds(), func(key string) bool { return strings.EqualFold(key, sourceOrgKey) })
	})
	organization, _ := e.Organization()
	owner, _ := e.BucketAccount()
	others, told := otherOrganizations(d.Statements(), organization, e.MembershipOf(owner).Member)
	if !open || !told || organization == "" {
		return all, false
	}
	none := *q
	none.Absent = append(slices.Clip(q.Absent), sourceOrgKey)
	sources = iam.WhoActsThrough(&none, service, own)
	for _, organization := range others {
		asked := *q
		asked.Context = q.Context.With(sourceOrgKey, organization)
		sources = append(sources, iam.WhoActsThrough(&asked, service, own)...)
	}
	return sources, true
}

// maxOrganizations bounds how many are asked about.
const maxOrganizations = 8

// otherOrganizations are the organizations that statements name as a source's, without
// one's own, and one that stands for all that they do not name. Where a pattern or a
// variable stands in the place of a name, told is false, but for the variable of the
// bucket's organization where that is known.
func otherOrganizations(statements []iam.Statement, own string, known bool) (others []string, told bool) {
	for i := range statements {
		s := &statements[i]
		if slices.ContainsFunc(slices.Concat(s.Resources, s.NotResources), func(r string) bool { return strings.Contains(r, "$") }) {
			return nil, false
		}
		for _, c := range s.Conditions {
			for _, value := range c.Values {
				switch ofSource := strings.EqualFold(c.Key, sourceOrgKey); {
				case ofSource && known && strings.EqualFold(value, "${"+view.ResourceOrgKey+"}"):
				case strings.Contains(value, "$"), ofSource && strings.ContainsAny(value, "*?"):
					return nil, false
				case ofSource && !strings.EqualFold(value, own) && !slices.Contains(others, value):
					others = append(others, value)
				}
			}
		}
	}
	return append(others, iam.UnnamedOrganization(others)), len(others) < maxOrganizations
}
