package drift

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func organizationSettings() map[document.Kind]compare {
	return map[document.Kind]compare{
		document.KindOrganization:     typed(compareOrganization),
		document.KindOrganizationPath: typed(compareOrganizationPath),
	}
}

// compareOrganization compares the organization's id, and which types of control
// policies are in force.
func compareOrganization(b, a *document.Organization, _ *comparison) []detail {
	var details []detail
	for _, d := range [][3]string{{"/Id", b.ID, a.ID}, {"/MasterAccountId", b.ManagementAccount, a.ManagementAccount}, {"/FeatureSet", b.FeatureSet, a.FeatureSet}} {
		details = append(details, ranked(d[0], strings.TrimPrefix(d[0], "/"), 0, 0, d[1], d[2])...)
	}
	for _, t := range document.ControlTypes() {
		was, is := inForce(b, t.Of), inForce(a, t.Of)
		details = append(details, ranked("/PolicyTypes", "the type "+t.Of, rankOf(was), rankOf(is), was, is)...)
	}
	return details
}

func inForce(d *document.Organization, of string) string {
	switch on, certain := d.Controls(of); {
	case on:
		return "in force"
	case certain:
		return "off"
	default:
		return "on its way"
	}
}

func rankOf(state string) int {
	if state == "in force" {
		return 1
	}
	return 0
}

// compareOrganizationPath compares an account's place in its organization.
func compareOrganizationPath(b, a *document.OrganizationPath, _ *comparison) []detail {
	was, is := pathText(b), pathText(a)
	if was == is {
		return nil
	}
	return []detail{{"/Levels", was, is, scanner.EffectChanged, fmt.Sprintf("the account moved from %s to %s: the control policies of other levels apply to it now", was, is)}}
}

func pathText(d *document.OrganizationPath) string {
	if len(d.Levels) == 0 {
		return "no place in the organization"
	}
	var ids []string
	for _, l := range d.Levels[:len(d.Levels)-1] {
		ids = append(ids, l.ID)
	}
	return strings.Join(ids, "/")
}

// family is a kind of policies that work together on one resource, with the kind
// of the document that lists them.
type family struct {
	kind, list document.Kind
	of         string // the type of control policies; empty: another
}

var identityFamily = family{kind: document.KindIdentityPolicy, list: document.KindIdentityPolicies}

// controlFamily returns the family of a control policy, or of a list of them.
func controlFamily(kind document.Kind) (family, bool) {
	for _, t := range document.ControlTypes() {
		if kind == t.Kind || kind == t.List {
			return family{t.Kind, t.List, t.Of}, true
		}
	}
	return family{}, false
}

// controls compares the control policies of one level, taken together. A level that
// is above the account on one side only shows in the comparison of paths, and a
// type that is not in force in that of organizations.
func (c *comparison) controls(f family, level string) []scanner.Change {
	list := unit{kind: f.list, resource: level}
	if look(c.before, list).document == nil || look(c.after, list).document == nil || !c.controlled(c.before, f.of) || !c.controlled(c.after, f.of) {
		return nil
	}
	before, after := policiesOf(c.before, f.kind, level), policiesOf(c.after, f.kind, level)
	for _, record := range []*scanner.Record{c.before, c.after} {
		for i := range record.Gaps {
			if g := &record.Gaps[i]; g.Kind == f.kind && g.Resource == level {
				delete(before, g.Name)
				delete(after, g.Name)
			}
		}
	}
	return c.together(f, level, before, after)
}

// controlled says whether a type of control policies was in force in a run.
func (c *comparison) controlled(record *scanner.Record, of string) bool {
	for i := range record.Evidence {
		if e := &record.Evidence[i]; e.Kind == document.KindOrganization && !e.Absent {
			var d document.Organization
			on := json.Unmarshal([]byte(e.Text), &d) == nil
			if on {
				on, _ = d.Controls(of)
			}
			return on
		}
	}
	return false
}
