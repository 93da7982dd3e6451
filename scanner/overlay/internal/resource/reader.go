// Package resource knows what resources of AWS's provider for Terraform do to the
// documents of a snapshot. Whatever else describes resources says it in the provider's
// words, so that each is known once.
package resource

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// Action is what a plan does to a resource.
type Action int

// The actions.
const (
	Update Action = iota
	Create
	Replace
	Delete
)

// Resource is one that changes.
type Resource struct {
	// Address, File and Line are what messages call it, and where it stands.
	Address string
	File    string
	Line    int
	// Type is the provider's.
	Type          string
	Action        Action
	Before, After Values
}

// Reader knows what a plan says of other resources.
type Reader struct {
	arns     map[named]string  // of roles and users
	policies map[string]Values // managed policies by ARN, as they will be
	account  string            // where everything is; empty: not known
}

// named is a role or user.
type named struct{ typ, name string }

// NewReader returns the reader of a plan.
func NewReader() *Reader {
	return &Reader{arns: map[named]string{}, policies: map[string]Values{}}
}

// In says that everything is in one account.
func (r *Reader) In(account string) { r.account = account }

// Know takes what a resource says of itself, changed or not, and returns the account
// that it is in, where it tells.
func (r *Reader) Know(typ string, v Values) (account string) {
	arn := v.text("arn")
	if !v.there || arn.state != known {
		return ""
	}
	if parsed, ok := iam.ParseARN(arn.text); ok && parsed.Service == "iam" && iam.IsAccountID(parsed.Account) {
		account = parsed.Account
	}
	r.arns[named{typ, v.text("name").text}] = arn.text
	if typ == "aws_iam_policy" {
		r.policies[arn.text] = v
	}
	return account
}

// Changes are what one resource does.
func (r *Reader) Changes(c *Resource) []overlay.Change {
	documents := r.documents(c.Type)
	if documents == nil {
		return nil
	}
	was, will := c.Before.documents(documents), c.After.documents(documents)
	if c.Action != Update {
		was, will = r.whole(c.Type, c.Before, was, c.Action), r.whole(c.Type, c.After, will, c.Action)
	}
	var out []overlay.Change
	for _, d := range was {
		if !slices.ContainsFunc(will, d.sameAs) || d.adds && c.Action == Replace {
			out = append(out, d.gone(c, will))
		}
	}
	for _, d := range will {
		i := slices.IndexFunc(was, d.sameAs)
		if i >= 0 && c.Action == Update && d.unchanged(was[i]) {
			continue // something else about the resource changes
		}
		out = append(out, d.change(c))
	}
	return slices.DeleteFunc(out, func(c overlay.Change) bool { return c.Is == nil })
}
