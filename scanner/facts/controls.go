package facts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// controls are the control policies of one type above one account.
type controls struct {
	// settled says that the organization was read, so that nothing is taken for
	// granted but what is a gap. An account outside of it is not settled.
	settled    bool
	management string // the account that none of them binds
	levels     [][]*iam.Policy
	gaps       []scanner.Gap
	// refs are documents: policies by the names that reasons call them, and lists
	// by what is said of a level that does not allow.
	refs, lists map[string]string
	// key tells apart what answers about them depend on.
	key string
}

// controlsOf gathers the policies of one type above an account.
func (e *view) controlsOf(t document.ControlType, account string) *controls {
	if known, ok := e.controlled[t.Of+account]; ok {
		return known
	}
	c := &controls{refs: map[string]string{}, lists: map[string]string{}}
	e.gatherControls(c, t, account)
	if e.controlled == nil {
		e.controlled = map[string]*controls{}
	}
	e.controlled[t.Of+account] = c
	return c
}

func (e *view) gatherControls(c *controls, t document.ControlType, account string) {
	self := e.look(document.KindOrganization)
	if self.doc == nil && self.gap.Reason == scanner.ReasonUndetermined && self.gap.Call == "" {
		return // nobody configured how to read it
	}
	c.settled = true
	if self.doc == nil {
		c.gaps = append(c.gaps, self.gap)
		return
	}
	o, gap := decode(e.run, self, (*document.Organization).Valid)
	if gap != nil {
		c.gaps = append(c.gaps, *gap)
		return
	}
	c.management = o.ManagementAccount
	on, certain := o.Controls(t.Of)
	switch {
	case !on && certain, account == o.ManagementAccount && account != "":
	case account == "":
		c.gaps = append(c.gaps, proof.Undetermined(document.KindOrganizationPath, e.bucketARN, "it is not known whose account it is"))
	case !certain:
		c.gaps = append(c.gaps, proof.Undetermined(document.KindOrganization, self.doc.Resource, "policies of the type "+t.Of+" are being turned on or off; scan again"))
	default:
		e.gatherLevels(c, t, account)
	}
}

// gatherLevels follows the path from the root to an account.
func (e *view) gatherLevels(c *controls, t document.ControlType, account string) {
	path := e.lookOf(document.KindOrganizationPath, "account "+account, func(resource, _ string) bool { return iam.AccountOf(resource) == account })
	switch {
	case path.doc == nil:
		c.gaps = append(c.gaps, path.gap)
		return
	case path.absent():
		c.settled = false // in another organization there may be others
		return
	}
	d, gap := decode(e.run, path, (*document.OrganizationPath).Valid)
	if gap != nil {
		c.gaps = append(c.gaps, *gap)
		return
	}
	for i := range d.Levels {
		e.gatherLevel(c, t, &d.Levels[i])
	}
}

// gatherLevel adds the policies of one level. Where one of them could not be read,
// it is taken to allow, and the gap says that it may deny.
func (e *view) gatherLevel(c *controls, t document.ControlType, level *document.OrganizationLevel) {
	at := func(name string) func(resource, evidence string) bool {
		return func(resource, evidence string) bool {
			return strings.HasSuffix(resource, ":organizations:::"+level.ID) && evidence == name
		}
	}
	list := e.lookOf(t.List, level.Name(), at(""))
	if list.doc == nil {
		c.gaps = append(c.gaps, list.gap)
		return
	}
	d, gap := decode(e.run, list, (*document.ControlPolicies).Valid)
	if gap == nil && len(d.Policies) == 0 && t == document.ServiceControls {
		empty := proof.Undetermined(t.List, list.doc.Resource, level.Name()+" is said to have no service control policy, and AWS attaches one at least")
		gap = &empty
	}
	if gap != nil {
		c.gaps = append(c.gaps, *gap)
		return
	}
	var policies []*iam.Policy
	for _, p := range d.Policies {
		name := fmt.Sprintf("%s %s (%s) of %s", t.Kind.Noun(), printable(p.Name), p.ID, level.Name())
		l := e.lookOf(t.Kind, "", at(p.ID))
		read := slot{gap: &l.gap}
		if l.read() {
			read = e.parse(l.doc, iam.ControlPolicy, name)
		}
		if read.gap != nil {
			c.gaps = append(c.gaps, *read.gap)
			policies = append(policies, iam.AllowAll("a "+t.Kind.Noun()+" that could not be read"))
			continue
		}
		if t == document.ResourceControls && !denies(read.doc.statements()) {
			continue // what such a policy allows it allows to everybody
		}
		c.refs[name] = read.ref
		c.key += name + "=" + l.doc.Digest + " "
		policies = append(policies, read.policy)
	}
	if t == document.ResourceControls {
		c.levels = append(c.levels, policies)
		return
	}
	c.lists[fmt.Sprintf("level %d of the service control policies does not allow ", len(c.levels))] = "the service control policies of " + level.Name() + " do not allow "
	c.refs["the service control policies of "+level.Name()+" "] = list.doc.Ref()
	c.levels = append(c.levels, policies)
}

func denies(statements []iam.Statement) bool {
	return slices.ContainsFunc(statements, func(s iam.Statement) bool { return s.Effect == iam.Deny })
}

// ownerControls are the resource control policies that bind the bucket.
func (e *view) ownerControls() *controls {
	owner, _ := e.bucketAccount()
	return e.controlsOf(document.ResourceControls, owner)
}

// taken leaves out of assumptions what was read.
func (c *controls) taken(assumptions []string, assumed string) []string {
	if !c.settled {
		return assumptions
	}
	return slices.DeleteFunc(slices.Clone(assumptions), func(a string) bool { return a == assumed })
}

// printable keeps what no terminal shows out of a name that somebody gave.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, scanner.Said(name))
}

// control adds the control policies that bind the writer and the resource to a
// question, and their documents and gaps to its answer.
func (e *view) control(q *question, r *ruling) {
	account := q.Request.ResourceAccount
	if account == "" {
		account = iam.AccountOf(q.Request.Resource)
	}
	writer, owner := e.controlsOf(document.ServiceControls, iam.AccountOf(e.who.arn)), e.controlsOf(document.ResourceControls, account)
	q.Policies.SCPs, q.Policies.RCPs = writer.levels, owner.levels
	q.Policies.ManagementAccount = writer.management
	q.Unread.SCPs, q.Unread.RCPs = len(writer.gaps) > 0, len(owner.gaps) > 0
	for _, g := range slices.Concat(writer.gaps, owner.gaps) {
		if !slices.Contains(r.gaps, g) { // both may lack the organization
			r.gaps = append(r.gaps, g)
		}
	}
	maps.Copy(r.refs, writer.refs)
	maps.Copy(r.refs, owner.refs)
	r.writerControls, r.resourceControls = writer, owner
}

// taken leaves out of assumptions what was read.
func (r *ruling) taken(assumptions []string) []string {
	return r.resourceControls.taken(r.writerControls.taken(assumptions, scanner.NoSCP), scanner.NoRCP)
}

// withLevels says of a level that does not allow which it is.
func (r *ruling) withLevels() {
	for i, clause := range r.Missing {
		for numbered, named := range r.writerControls.lists {
			if rest, ok := strings.CutPrefix(clause, numbered); ok {
				r.Missing[i] = named + rest
			}
		}
	}
}

// lackingLevel is the list of policies of a level that does not allow; empty for
// other clauses.
func (r *ruling) lackingLevel(clause string) string {
	before, _, ok := strings.Cut(clause, "do not allow ")
	if !ok || !strings.HasPrefix(before, "the service control policies of ") {
		return ""
	}
	return r.refs[before]
}
