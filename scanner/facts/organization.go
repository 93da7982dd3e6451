package facts

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

const sourceOrgKey = "aws:SourceOrgID"

// byOrganization is the access that everybody in the declared organization has,
// where an access of anybody depends on the organization alone. To which organization
// a named account belongs, nobody declares: ok is then false.
func (e *export) byOrganization(action *trail.Action, d *view.PolicyDocument, restrict bool, access *iam.Access, effort *iam.Effort) (iam.Access, bool) {
	if e.Expect.Organization == "" || !ofOrganization(access, access.OutsideNeeds()) {
		return iam.Access{}, false
	}
	q := e.writeQuestion(action.Name, e.resourceOf(action), d, restrict)
	q.Context, q.Effort = q.Context.With(view.PrincipalOrgKey, e.Expect.Organization), effort
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
// of the source, sources in the organization that the operator declared are no
// strangers. The question is then asked for every other organization that the policy
// tells apart, and for accounts that belong to none.
func (e *export) actsFor(q *iam.WhoCanQuestion, d *view.PolicyDocument, service iam.PrincipalClass, own []string) (sources []iam.SourceAccess, declared bool) {
	all := iam.WhoActsThrough(q, service, own)
	open := slices.ContainsFunc(all, func(s iam.SourceAccess) bool {
		return slices.ContainsFunc(s.OutsideNeeds(), func(key string) bool { return strings.EqualFold(key, sourceOrgKey) })
	})
	others, told := otherOrganizations(d.Statements(), e.Expect.Organization)
	if !open || !told || e.Expect.Organization == "" {
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
// variable stands in the place of a name, told is false.
func otherOrganizations(statements []iam.Statement, own string) (others []string, told bool) {
	for i := range statements {
		s := &statements[i]
		if slices.ContainsFunc(slices.Concat(s.Resources, s.NotResources), func(r string) bool { return strings.Contains(r, "$") }) {
			return nil, false
		}
		for _, c := range s.Conditions {
			for _, value := range c.Values {
				switch ofSource := strings.EqualFold(c.Key, sourceOrgKey); {
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
