package view

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Condition keys that tell organizations, which expect.organization declares where
// Organizations does not tell.
const (
	PrincipalOrgKey = "aws:PrincipalOrgID"
	ResourceOrgKey  = "aws:ResourceOrgID"

	principalPathsKey = "aws:PrincipalOrgPaths"
	ResourcePathsKey  = "aws:ResourceOrgPaths"
)

// Membership is what Organizations says of an account.
type Membership struct {
	// ID is the organization that was read. Empty: none was, by Gap.
	ID  string
	Gap scanner.Gap
	// Member says that the account is in it, by the path from the root that
	// condition keys hold. Outside says that it is not.
	Member, Outside bool
	Path            string
	Refs            []string // of the documents
}

// MembershipOf is what Organizations says of an account.
func (v *View) MembershipOf(account string) Membership {
	if known, ok := v.memberships[account]; ok {
		return known
	}
	m := v.readMembership(account)
	if v.memberships == nil {
		v.memberships = map[string]Membership{}
	}
	v.memberships[account] = m
	return m
}

func (v *View) readMembership(account string) Membership {
	self := v.Look(document.KindOrganization)
	if !self.Read() {
		return Membership{Gap: v.GapOf(document.KindOrganization)}
	}
	o, gap := Decode(v.Run, self, (*document.Organization).Valid)
	if gap != nil {
		return Membership{Gap: *gap}
	}
	m := Membership{ID: o.ID, Refs: []string{self.Ref()}}
	path := v.pathOf(account)
	switch {
	case path.Doc == nil:
		m.Gap = path.Gap
		return m
	case path.Absent():
		m.Outside, m.Refs = true, append(m.Refs, path.Ref())
		return m
	}
	d, gap := Decode(v.Run, path, (*document.OrganizationPath).Valid)
	if gap != nil {
		m.Gap = *gap
		return m
	}
	m.Member, m.Path, m.Refs = true, o.ID+"/", append(m.Refs, path.Ref())
	for _, level := range d.Levels[:len(d.Levels)-1] {
		m.Path += level.ID + "/"
	}
	return m
}

// OrganizationAsked says that somebody configured how to read the organization.
func (v *View) OrganizationAsked() bool {
	self := v.Look(document.KindOrganization)
	return self.Doc != nil || self.Gap.Reason != scanner.ReasonUndetermined || self.Gap.Call != ""
}

// pathOf finds the place of an account in the organization.
func (v *View) pathOf(account string) Look {
	return v.lookOf(document.KindOrganizationPath, "account "+account, func(resource, _ string) bool { return iam.AccountOf(resource) == account })
}

// Place puts into a request what is known of an account's organization, under the keys
// of the principal or of the resource: what Organizations says, else what is declared.
func (v *View) Place(req *iam.Request, account, id, paths, declared string) {
	switch m := v.MembershipOf(account); {
	case m.Member:
		told := func(key string) bool { return strings.EqualFold(key, id) || strings.EqualFold(key, paths) }
		req.Declared, req.Absent = slices.DeleteFunc(req.Declared, told), slices.DeleteFunc(req.Absent, told)
		req.Context = req.Context.WithEach(map[string]string{id: m.ID, paths: m.Path})
	case declared != "" && v.untoldBy(&m):
		DeclareKey(req, id, declared)
	}
}

// untoldBy says that Organizations tells nothing of an account, so that what is declared
// counts: nobody asks it, or it says that the account is in another organization than
// the one that was read. An answer that could not be read might be another.
func (v *View) untoldBy(m *Membership) bool {
	return !v.OrganizationAsked() || m.Outside && m.ID != v.Expect.Organization
}

// Organization is the one of the writer's account, and whether that is declared only.
// Empty: it is not known.
func (v *View) Organization() (id string, declared bool) {
	switch m := v.MembershipOf(iam.AccountOf(v.Writer.ARN)); {
	case m.Member:
		return m.ID, false
	case v.untoldBy(&m):
		return v.Expect.Organization, v.Expect.Organization != ""
	default:
		return "", false
	}
}
