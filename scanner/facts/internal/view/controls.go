package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Controls are the control policies of one type above one account.
type Controls struct {
	// settled says that the organization was read, so that nothing is taken for
	// granted but what is a gap. An account outside of it is not settled.
	settled    bool
	Management string // the account that none of them binds
	Levels     [][]*iam.Policy
	Gaps       []scanner.Gap
	// Refs are documents: policies by the names that reasons call them, and lists
	// by what is said of a level that does not allow.
	Refs, lists map[string]string
	// Key tells apart what answers about them depend on, for an AnswerKey.
	Key string
	// Denying are the resource control policies with a Deny, each in the grammar of a
	// resource policy, which theirs is a part of.
	Denying []Slot
	// DenyRefs are the documents of the policies of either type with a Deny.
	DenyRefs []string
}

// ControlsOf gathers the policies of one type above an account.
func (v *View) ControlsOf(t document.ControlType, account string) *Controls {
	if known, ok := v.controlled[t.Of+account]; ok {
		return known
	}
	c := &Controls{Refs: map[string]string{}, lists: map[string]string{}}
	v.gatherControls(c, t, account)
	if v.controlled == nil {
		v.controlled = map[string]*Controls{}
	}
	v.controlled[t.Of+account] = c
	return c
}

func (v *View) gatherControls(c *Controls, t document.ControlType, account string) {
	if !v.OrganizationAsked() {
		return
	}
	self := v.Look(document.KindOrganization)
	c.settled = true
	if self.Doc == nil {
		c.Gaps = append(c.Gaps, self.Gap)
		return
	}
	o, gap := Decode(v.Run, self, (*document.Organization).Valid)
	if gap != nil {
		c.Gaps = append(c.Gaps, *gap)
		return
	}
	c.Management = o.ManagementAccount
	on, certain := o.Controls(t.Of)
	switch {
	case !on && certain, account == o.ManagementAccount && account != "":
	case account == "":
		c.Gaps = append(c.Gaps, proof.Undetermined(document.KindOrganizationPath, v.BucketARN, "it is not known whose account it is"))
	case !certain:
		c.Gaps = append(c.Gaps, proof.Undetermined(document.KindOrganization, self.Doc.Resource,
			"policies of the type "+t.Of+" are being turned on or off; scan again"))
	default:
		v.gatherLevels(c, t, account)
	}
}

// gatherLevels follows the path from the root to an account.
func (v *View) gatherLevels(c *Controls, t document.ControlType, account string) {
	path := v.pathOf(account)
	switch {
	case path.Doc == nil:
		c.Gaps = append(c.Gaps, path.Gap)
		return
	case path.Absent():
		c.settled = false // in another organization there may be others
		return
	}
	d, gap := Decode(v.Run, path, (*document.OrganizationPath).Valid)
	if gap != nil {
		c.Gaps = append(c.Gaps, *gap)
		return
	}
	for i := range d.Levels {
		v.gatherLevel(c, t, &d.Levels[i])
	}
}

// gatherLevel adds the policies of one level. Where one of them could not be read,
// it is taken to allow, and the gap says that it may deny.
func (v *View) gatherLevel(c *Controls, t document.ControlType, level *document.OrganizationLevel) {
	at := func(name string) func(resource, evidence string) bool {
		return func(resource, evidence string) bool {
			return strings.HasSuffix(resource, ":organizations:::"+level.ID) && evidence == name
		}
	}
	list := v.lookOf(t.List, level.Name(), at(""))
	if list.Doc == nil {
		c.Gaps = append(c.Gaps, list.Gap)
		return
	}
	d, gap := Decode(v.Run, list, (*document.ControlPolicies).Valid)
	if gap == nil && len(d.Policies) == 0 && t == document.ServiceControls {
		empty := proof.Undetermined(t.List, list.Doc.Resource, level.Name()+" is said to have no service control policy, and AWS attaches one at least")
		gap = &empty
	}
	if gap != nil {
		c.Gaps = append(c.Gaps, *gap)
		return
	}
	var policies []*iam.Policy
	for _, p := range d.Policies {
		name := fmt.Sprintf("%s %s (%s) of %s", t.Kind.Noun(), scanner.Said(p.Name), p.ID, level.Name())
		l := v.lookOf(t.Kind, "", at(p.ID))
		read := Slot{Gap: &l.Gap}
		if l.Read() {
			read = v.Parse(l.Doc, iam.ControlPolicy, name)
		}
		if read.Gap != nil {
			c.Gaps = append(c.Gaps, *read.Gap)
			policies = append(policies, iam.AllowAll("a "+t.Kind.Noun()+" that could not be read"))
			continue
		}
		denies := Denies(read.Doc.Statements())
		if t == document.ResourceControls && !denies {
			continue // what such a policy allows it allows to everybody
		}
		if denies {
			c.DenyRefs = append(c.DenyRefs, read.Ref)
		}
		if t == document.ResourceControls {
			c.Denying = append(c.Denying, v.Parse(l.Doc, iam.ResourcePolicy, name))
		}
		c.Refs[name] = read.Ref
		c.Key += name + "=" + l.Doc.Digest + " "
		policies = append(policies, read.Policy)
	}
	if t == document.ResourceControls {
		c.Levels = append(c.Levels, policies)
		return
	}
	c.lists[fmt.Sprintf("level %d of the service control policies does not allow ", len(c.Levels))] = "the service control policies of " + level.Name() + " do not allow "
	c.Refs["the service control policies of "+level.Name()+" "] = list.Doc.Ref()
	c.Levels = append(c.Levels, policies)
}

// Denies says that one of the statements is a Deny.
func Denies(statements []iam.Statement) bool {
	return slices.ContainsFunc(statements, func(s iam.Statement) bool { return s.Effect == iam.Deny })
}

// OwnerControls are the resource control policies that bind the bucket.
func (v *View) OwnerControls() *Controls {
	owner, _ := v.BucketAccount()
	return v.ControlsOf(document.ResourceControls, owner)
}

// Taken leaves out of assumptions what was read.
func (c *Controls) Taken(assumptions []string, assumed string) []string {
	if !c.settled {
		return assumptions
	}
	return slices.DeleteFunc(slices.Clone(assumptions), func(a string) bool { return a == assumed })
}

// control adds the control policies that bind the writer and the resource to a
// question, and their documents and gaps to its answer.
func (v *View) control(q *Question, r *Ruling) {
	account := q.Request.ResourceAccount
	if account == "" {
		account = iam.AccountOf(q.Request.Resource)
	}
	writer, owner := v.ControlsOf(document.ServiceControls, iam.AccountOf(v.Writer.ARN)), v.ControlsOf(document.ResourceControls, account)
	q.Policies.SCPs, q.Policies.RCPs = writer.Levels, owner.Levels
	q.Policies.ManagementAccount = writer.Management
	q.Unread.SCPs, q.Unread.RCPs = len(writer.Gaps) > 0, len(owner.Gaps) > 0
	for _, g := range slices.Concat(writer.Gaps, owner.Gaps) {
		if !slices.Contains(r.Gaps, g) { // both may lack the organization
			r.Gaps = append(r.Gaps, g)
		}
	}
	maps.Copy(r.Refs, writer.Refs)
	maps.Copy(r.Refs, owner.Refs)
	r.writerControls, r.resourceControls = writer, owner
}

// Taken leaves out of assumptions what was read.
func (r *Ruling) Taken(assumptions []string) []string {
	return r.resourceControls.Taken(r.writerControls.Taken(assumptions, scanner.NoSCP), scanner.NoRCP)
}

// withLevels says of a level that does not allow which it is.
func (r *Ruling) withLevels() {
	for i, clause := range r.Missing {
		for numbered, named := range r.writerControls.lists {
			if rest, ok := strings.CutPrefix(clause, numbered); ok {
				r.Missing[i] = named + rest
			}
		}
	}
}

// LackingLevel is the list of policies of a level that does not allow; empty for
// other clauses.
func (r *Ruling) LackingLevel(clause string) string {
	before, _, ok := strings.Cut(clause, "do not allow ")
	if !ok || !strings.HasPrefix(before, "the service control policies of ") {
		return ""
	}
	return r.Refs[before]
}
