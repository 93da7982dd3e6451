package fix

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// externalID is the key that Immuta sends its configuration's id under.
const externalID = "sts:ExternalId"

// demandExternalID makes the export's id the one condition on sts:ExternalId of one
// statement that allows.
func demandExternalID(c *Case) []Proposal {
	return c.trusting(func(t *target, pointer string, s map[string]any) []Proposal {
		return t.edit(t.demand(pointer, s, c.Finding.ExportID)...)
	})
}

// nameImmuta lets Immuta's account assume the role, and nobody else, under the
// export's id.
func nameImmuta(c *Case) []Proposal {
	accounts := c.Settings.Expect[c.Finding.Tenant].ImmutaAccounts
	if len(accounts) != 1 {
		return nil // nobody says which
	}
	return c.trusting(func(t *target, pointer string, s map[string]any) []Proposal {
		role, _, _ := strings.Cut(strings.TrimPrefix(t.resource, "arn:"), ":")
		immuta := map[string]any{"AWS": "arn:" + role + ":iam::" + accounts[0] + ":root"}
		path := pointer + "/Principal"
		patch := []Operation{{Op: "test", Path: path, Value: raw(s["Principal"])}, {Op: "replace", Path: path, Value: raw(immuta)}}
		return t.edit(append(patch, t.demand(pointer, s, c.Finding.ExportID)...)...)
	})
}

// trusting makes proposals for each statement of the trust policy that allows. They
// let Immuta in where it was not.
func (c *Case) trusting(propose func(t *target, pointer string, s map[string]any) []Proposal) []Proposal {
	t, ok := open(c.Record, document.KindTrustPolicy, "", "")
	if !ok || t.before == "" {
		return nil
	}
	var found []Proposal
	statements := t.statements()
	for _, pointer := range slices.Sorted(maps.Keys(statements)) {
		if s := statements[pointer]; s["Effect"] == "Allow" {
			found = append(found, propose(t, pointer, s)...)
		}
	}
	return granting(found)
}

// demand makes an id the one value of sts:ExternalId in a statement's conditions.
func (t *target) demand(pointer string, s map[string]any, id string) []Operation {
	condition := map[string]any{}
	old, _ := s["Condition"].(map[string]any)
	for operator, tests := range old {
		kept := map[string]any{}
		block, _ := tests.(map[string]any)
		for key, values := range block {
			if !strings.EqualFold(key, externalID) { // keys have no case
				kept[key] = values
			}
		}
		if len(kept) > 0 {
			condition[operator] = kept
		}
	}
	equals, _ := condition["StringEquals"].(map[string]any)
	if equals == nil {
		equals = map[string]any{}
	}
	equals[externalID] = id
	condition["StringEquals"] = equals
	path := pointer + "/Condition"
	if s["Condition"] == nil {
		return []Operation{{Op: "add", Path: path, Value: raw(condition)}}
	}
	return []Operation{{Op: "test", Path: path, Value: raw(old)}, {Op: "replace", Path: path, Value: raw(condition)}}
}
