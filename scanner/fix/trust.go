package fix

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

const (
	externalID = "sts:ExternalId" // the key that Immuta sends its configuration's id under
	assumeRole = "sts:AssumeRole"
)

// demandExternalID makes the export's id the one condition on sts:ExternalId of one
// statement that allows, or the ids of all exports that use the role.
func demandExternalID(c *Case) []Change {
	return c.trusting(func(t *target, pointer string, s map[string]any) []Change {
		found := t.edit(t.demand(pointer, s, c.demanded(s, c.Finding.ExportID))...)
		if ids := c.idsOf(t.resource); len(ids) > 1 {
			found = append(found, t.edit(t.demand(pointer, s, c.demanded(s, ids...))...)...)
		}
		return found
	})
}

// idsOf are those of the exports that use a role.
func (c *Case) idsOf(role string) []string {
	ids := []string{c.Finding.ExportID}
	for _, r := range c.Neighbours {
		if writer(r) == role {
			ids = append(ids, r.Configuration.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// nameImmuta lets Immuta's account assume the role, and nobody else, under the
// export's id.
func nameImmuta(c *Case) []Change {
	return c.trusting(func(t *target, pointer string, s map[string]any) []Change {
		immuta := c.immuta(t.resource)
		if len(immuta) != 1 {
			return nil // nobody says which
		}
		path := pointer + "/Principal"
		patch := []Operation{{Op: "test", Path: path, Value: raw(s["Principal"])}, {Op: "replace", Path: path, Value: raw(aws(immuta...))}}
		return t.edit(append(patch, t.demand(pointer, s, c.demanded(s, c.Finding.ExportID))...)...)
	})
}

// allowImmuta gives Immuta's account a statement of its own, under the export's id.
func allowImmuta(c *Case) []Change {
	t, ok := open(c.Record, document.KindTrustPolicy, "", "")
	if !ok || t.before == "" {
		return nil
	}
	immuta := c.immuta(t.resource)
	if len(immuta) != 1 {
		return nil
	}
	return t.grant(statement{
		Sid: "ImmutaAssumes", Effect: allow, Principal: aws(immuta...), Action: assumeRole,
		Condition: map[string]map[string]any{"StringEquals": {externalID: c.Finding.ExportID}},
	})
}

// spareImmuta adds Immuta's account, or the export's id, to those that a Deny of the
// trust policy leaves out.
func spareImmuta(c *Case) []Change {
	t, ok := open(c.Record, document.KindTrustPolicy, "", "")
	if !ok {
		return nil
	}
	values := map[string][]string{externalID: {c.Finding.ExportID}, "aws:PrincipalAccount": c.Settings.Expect[c.Finding.Tenant].ImmutaAccounts}
	var found []Change
	statements := t.statements()
	for _, pointer := range slices.Sorted(maps.Keys(statements)) {
		s := statements[pointer]
		condition, _ := s["Condition"].(map[string]any)
		for _, operator := range []string{"StringNotEquals", "StringNotLike"} {
			for _, key := range slices.Sorted(maps.Keys(values)) {
				if s["Effect"] != deny || len(values[key]) != 1 || !compares(condition[operator], key) {
					continue
				}
				spared := maps.Clone(s)
				spared["Condition"] = withValue(condition, operator, key, values[key][0])
				found = append(found, t.swap(pointer, spared)...)
			}
		}
	}
	return c.trustingImmuta(found)
}

// compares says whether an operator's block of a condition has a key.
func compares(block any, key string) bool {
	keys, _ := block.(map[string]any)
	for name := range keys {
		if strings.EqualFold(name, key) { // keys have no case
			return true
		}
	}
	return false
}

// immuta is where Immuta calls from, as trust policies name it.
func (c *Case) immuta(role string) []string {
	partition, _, _ := strings.Cut(strings.TrimPrefix(role, "arn:"), ":")
	var accounts []string
	for _, account := range c.Settings.Expect[c.Finding.Tenant].ImmutaAccounts {
		accounts = append(accounts, "arn:"+partition+":iam::"+account+":root")
	}
	return accounts
}

// trusting makes proposals for each statement of the trust policy that allows.
func (c *Case) trusting(propose func(t *target, pointer string, s map[string]any) []Change) []Change {
	t, ok := open(c.Record, document.KindTrustPolicy, "", "")
	if !ok || t.before == "" {
		return nil
	}
	var found []Change
	statements := t.statements()
	for _, pointer := range slices.Sorted(maps.Keys(statements)) {
		if s := statements[pointer]; s["Effect"] == allow {
			found = append(found, propose(t, pointer, s)...)
		}
	}
	return c.trustingImmuta(found)
}

// trustingImmuta says that changes may let Immuta in where it was not: whoever is
// declared to be it, under an id of the exports that use the role.
func (c *Case) trustingImmuta(changes []Change) []Change {
	role := writer(c.Record)
	who := slices.Concat(c.immuta(role), c.Settings.Expect[c.Finding.Tenant].ImmutaPrincipals, c.Principals)
	if len(who) == 0 {
		return changes
	}
	return meaning(changes, statement{
		Effect: deny, Principal: aws(who...), Action: assumeRole,
		Condition: map[string]map[string]any{"StringEquals": {externalID: c.idsOf(role)}},
	})
}

// demanded are the ids that a statement has to demand: those of exports, and of those
// that it names the ones that are declared to be of something else in Immuta.
func (c *Case) demanded(s map[string]any, ids ...string) any {
	for _, other := range c.Settings.Expect[c.Finding.Tenant].OtherExternalIDs {
		if demands(s, other.ID) && !slices.Contains(ids, other.ID) {
			ids = append(slices.Clip(ids), other.ID)
		}
	}
	if len(ids) == 1 {
		return ids[0]
	}
	return ids
}

// demands says that a statement's conditions name an ExternalId.
func demands(s map[string]any, id string) bool {
	old, _ := s["Condition"].(map[string]any)
	for _, tests := range old {
		block, _ := tests.(map[string]any)
		for key, values := range block {
			list, ok := values.([]any)
			if !ok {
				list = []any{values}
			}
			if strings.EqualFold(key, externalID) && slices.Contains(list, any(id)) {
				return true
			}
		}
	}
	return false
}

// demand makes an id, or several, the values of sts:ExternalId in a statement's conditions.
func (t *target) demand(pointer string, s map[string]any, ids any) []Operation {
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
	equals[externalID] = ids
	condition["StringEquals"] = equals
	path := pointer + "/Condition"
	if s["Condition"] == nil {
		return []Operation{{Op: "add", Path: path, Value: raw(condition)}}
	}
	return []Operation{{Op: "test", Path: path, Value: raw(old)}, {Op: "replace", Path: path, Value: raw(condition)}}
}
