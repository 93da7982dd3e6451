package resource

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
)

// newGrant stands for the id of a grant that KMS has not made yet.
const newGrant = "(new)"

// kmsGrant is a grant on a key, which is one of a list: one that comes is added, and
// one that goes is taken off by its id.
func kmsGrant(v Values) []doc {
	d := doc{kind: document.KindKeyGrants, of: keyTarget(v.text("key_id")), adds: true}
	d.text, d.why = v.all("grantee_principal", "operations", "constraints", "retiring_principal")
	grant := document.KeyGrant{ID: newGrant, Grantee: v.text("grantee_principal").text, Retiring: v.text("retiring_principal").text}
	var constraints []struct {
		Equals map[string]string `json:"encryption_context_equals"`
		Subset map[string]string `json:"encryption_context_subset"`
		Source string            `json:"source_arn"`
	}
	ok := v.of("operations").into(&grant.Operations) && v.of("constraints").exactly(&constraints)
	if d.why == "" && (!ok || grant.Grantee == "" || len(grant.Operations) == 0 || len(constraints) > 1) {
		d.why = "the plan changes a grant on the key in a way that is not foreseen here"
	}
	for _, c := range constraints {
		grant.Constraints = &document.GrantConstraints{ContextEquals: c.Equals, ContextSubset: c.Subset, SourceARN: c.Source}
	}
	id := v.text("grant_id").text
	d.edit = grants(func(list *document.KeyGrants) (why string) {
		if grant.ForObjects() {
			list.Grants = append(list.Grants, grant)
			list.Sort()
		}
		return ""
	})
	d.absence.edit = grants(func(list *document.KeyGrants) (why string) {
		if id == "" {
			return "it ends a grant of which the plan does not tell the id"
		}
		list.Grants = slices.DeleteFunc(list.Grants, func(g document.KeyGrant) bool { return g.ID == id })
		return ""
	})
	return []doc{d}
}

// grants edits a list of grants.
func grants(change func(*document.KeyGrants) (why string)) func(string) (edited, why string) {
	return editing("the grants that are there cannot be read", change)
}
