// Package terraform reads what a Terraform plan does to the documents of a snapshot,
// from the plan's JSON form (`terraform show -json FILE`, format 1.x).
//
// What the plan does not tell stays unknown: a value that is known after apply, a
// sensitive value, which must not reach a report, and a setting that this package
// does not translate. A resource that belongs to nothing in the snapshot changes
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

	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/overlay"
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
		FormatVersion    *string         `json:"format_version"`
		TerraformVersion string          `json:"terraform_version"`
		Errored          bool            `json:"errored"`
		Values           json.RawMessage `json:"values"`
	}
	switch err := json.Unmarshal(text, &head); {
	case bytes.HasPrefix(text, []byte("PK")):
		return nil, errors.New("this is a saved plan: give what `terraform show -json FILE` prints of it")
	case err != nil:
		return nil, fmt.Errorf("this is no JSON of `terraform show -json`: %w", err)
	case head.FormatVersion == nil:
		return nil, errors.New("this is no plan of `terraform show -json`: it has no format_version")
	case head.Values != nil:
		return nil, errors.New("this is a state and no plan: run `terraform plan -out=FILE`, then `terraform show -json FILE`")
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
	r := newReader(&plan)
	out := &Plan{Partial: plan.Complete != nil && !*plan.Complete}
	for _, c := range plan.ResourceChanges {
		if c.Change == nil {
			return nil, fmt.Errorf("%s: the plan does not say what changes", address(c))
		}
		out.Changes = append(out.Changes, r.changes(c)...)
	}
	return out, nil
}

func address(c *tfjson.ResourceChange) string {
	if c == nil {
		return "a resource"
	}
	return c.Address
}

// reader knows what the plan says of other resources.
type reader struct {
	arns     map[named]string  // of roles and users
	policies map[string]values // managed policies by ARN, as they will be
	account  string            // where everything is; empty: not known
}

// named is a role or user.
type named struct{ typ, name string }

func newReader(plan *tfjson.Plan) *reader {
	r := &reader{arns: map[named]string{}, policies: map[string]values{}}
	accounts := map[string]bool{}
	for _, c := range plan.ResourceChanges {
		if c.Change == nil {
			continue
		}
		for _, v := range []values{before(c.Change), after(c.Change)} {
			arn := v.text("arn")
			if !v.there || arn.state != known {
				continue
			}
			if parsed, ok := iam.ParseARN(arn.text); ok && parsed.Service == "iam" && iam.IsAccountID(parsed.Account) {
				accounts[parsed.Account] = true
			}
			r.arns[named{c.Type, v.text("name").text}] = arn.text
			if c.Type == "aws_iam_policy" {
				r.policies[arn.text] = v
			}
		}
	}
	// Several providers may be several accounts, of which the plan tells nothing.
	if len(accounts) == 1 && providers(plan) < 2 {
		for account := range accounts {
			r.account = account
		}
	}
	return r
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
func (r *reader) changes(c *tfjson.ResourceChange) []overlay.Change {
	actions := c.Change.Actions
	if c.Mode != tfjson.ManagedResourceMode || actions.NoOp() || actions.Read() || actions.Forget() {
		return nil
	}
	old, planned := before(c.Change), after(c.Change)
	documents := r.documents(c.Type)
	if documents == nil {
		return nil
	}
	was, will := old.documents(documents), planned.documents(documents)
	if !actions.Update() {
		was, will = r.whole(c.Type, old, was, actions), r.whole(c.Type, planned, will, actions)
	}
	var out []overlay.Change
	for _, d := range was {
		if !slices.ContainsFunc(will, d.sameAs) {
			out = append(out, d.gone(c.Address, will))
		}
	}
	for _, d := range will {
		i := slices.IndexFunc(was, d.sameAs)
		if i >= 0 && actions.Update() && d.unchanged(was[i]) {
			continue // something else about the resource changes
		}
		out = append(out, d.change(c.Address))
	}
	return slices.DeleteFunc(out, func(c overlay.Change) bool { return c.Is == nil })
}
