// Package terraform reads what a Terraform plan does to the documents of a snapshot,
// from the plan's JSON form (`terraform show -json FILE`, format 1.x).
//
// What the plan does not tell stays unknown: a value that is known after apply, a
// sensitive value, which must not reach a report, and a setting that nobody
// translates. A resource that belongs to nothing in the snapshot changes
// nothing.
package terraform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/internal/resource"
)

// Plan is what one plan does.
type Plan struct {
	// Changes are in the order of the plan's addresses.
	Changes []overlay.Change
	// Partial says that the plan leaves out part of its configuration: it was made
	// with -target.
	Partial bool
}

// Read takes a plan apart. An error says why nothing can be said of it: it is none,
// it failed, or part of it was put off.
func Read(text []byte) (*Plan, error) {
	var head struct {
		FormatVersion   *string         `json:"format_version"`
		Errored         bool            `json:"errored"`
		Values          json.RawMessage `json:"values"`
		Lineage         json.RawMessage `json:"lineage"`
		PlannedValues   json.RawMessage `json:"planned_values"`
		ResourceChanges json.RawMessage `json:"resource_changes"`
	}
	switch err := json.Unmarshal(text, &head); {
	case bytes.HasPrefix(text, []byte("PK")):
		return nil, ErrSaved
	case err != nil && bytes.HasPrefix(bytes.TrimSpace(text), []byte(`{"@level":`)):
		return nil, errors.New("this is what `terraform plan -json` says while it plans: give what `terraform show -json FILE` prints of the plan")
	case err != nil:
		return nil, fmt.Errorf("this is no JSON of `terraform show -json`: %w", err)
	case head.FormatVersion == nil && head.Lineage != nil:
		return nil, errState
	case head.FormatVersion == nil:
		return nil, errors.New("this is no plan of `terraform show -json`: it has no format_version")
	case head.Values != nil:
		return nil, errState
	case head.Errored:
		return nil, errors.New("the plan failed, and what it would change is not known: mend what `terraform plan` reports")
	}
	var plan tfjson.Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	if len(plan.DeferredChanges) > 0 {
		return nil, fmt.Errorf("the plan puts off %s and others, so that it does not say what will be: apply and plan until nothing is put off",
			address(plan.DeferredChanges[0].ResourceChange))
	}
	if head.PlannedValues == nil && head.ResourceChanges == nil { // as of a state without resources
		return nil, errors.New("this is no plan of `terraform show -json`: it has neither planned_values nor resource_changes")
	}
	for _, c := range plan.ResourceChanges {
		if c == nil || c.Change == nil || !attributes(c.Change.Before) || !attributes(c.Change.After) {
			return nil, fmt.Errorf("%s: the plan does not say what changes", address(c))
		}
		if c.Mode == tfjson.ManagedResourceMode && !understood(c.Change.Actions) {
			return nil, fmt.Errorf("%s: the plan's actions are %q, which trailguard does not know: nothing can be said of the plan", address(c), c.Change.Actions)
		}
	}
	r := newReader(&plan)
	out := &Plan{Partial: plan.Complete != nil && !*plan.Complete}
	for _, c := range plan.ResourceChanges {
		out.Changes = append(out.Changes, changes(r, c)...)
	}
	return out, nil
}

// ErrSaved says that a plan is as Terraform saves it, which is no text.
var ErrSaved = errors.New("this is a saved plan: give what `terraform show -json FILE` prints of it")

var errState = errors.New("this is a state and no plan: run `terraform plan -out=FILE`, then `terraform show -json FILE`")

// understood says that actions are those of a resource that is managed.
func understood(a tfjson.Actions) bool {
	return a.NoOp() || a.Read() || a.Forget() || a.Update() || a.Create() || a.Delete() || a.Replace() || forgets(a)
}

// forgets says that a new object comes, and that the old one stays with nobody to
// manage it.
func forgets(a tfjson.Actions) bool {
	return slices.Equal(a, tfjson.Actions{tfjson.ActionCreate, tfjson.ActionForget})
}

// attributes says that a resource has those of a resource, or is not there.
func attributes(of any) bool {
	_, ok := of.(map[string]any)
	return ok || of == nil
}

func address(c *tfjson.ResourceChange) string {
	if c == nil {
		return "a resource"
	}
	return c.Address
}

// newReader tells the reader what the plan says of all resources.
func newReader(plan *tfjson.Plan) *resource.Reader {
	r := resource.NewReader()
	accounts := map[string]bool{}
	for _, c := range plan.ResourceChanges {
		for _, v := range []resource.Values{before(c.Change), after(c.Change)} {
			if account := r.Know(c.Type, v); account != "" {
				accounts[account] = true
			}
		}
	}
	// Several providers may be several accounts, of which the plan tells nothing.
	if len(accounts) == 1 && providers(plan) < 2 {
		for account := range accounts {
			r.In(account)
		}
	}
	return r
}

// later is when Terraform knows what it does not know yet.
const later = "known after apply"

func before(c *tfjson.Change) resource.Values {
	return resource.NewValues(c.Before, nil, c.BeforeSensitive, later)
}

func after(c *tfjson.Change) resource.Values {
	return resource.NewValues(c.After, c.AfterUnknown, c.AfterSensitive, later)
}

// providers counts the configurations of AWS's provider.
func providers(plan *tfjson.Plan) int {
	if plan.Config == nil {
		return 0
	}
	n := 0
	for _, p := range plan.Config.ProviderConfigs {
		if p != nil && (p.Name == "aws" || strings.HasSuffix(p.FullName, "hashicorp/aws")) {
			n++
		}
	}
	return n
}

// changes are what one resource does.
func changes(r *resource.Reader, c *tfjson.ResourceChange) []overlay.Change {
	actions := c.Change.Actions
	if c.Mode != tfjson.ManagedResourceMode || actions.NoOp() || actions.Read() || actions.Forget() {
		return nil
	}
	action, was := resource.Delete, before(c.Change)
	switch {
	case forgets(actions):
		action, was = resource.Create, resource.Values{} // which stays as it is
	case actions.Update():
		action = resource.Update
	case actions.Replace():
		action = resource.Replace
	case actions.Create():
		action = resource.Create
	}
	return r.Changes(&resource.Resource{
		Address: c.Address, Type: c.Type, Action: action, Before: was, After: after(c.Change),
	})
}
