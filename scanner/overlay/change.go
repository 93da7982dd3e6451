package overlay

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Effect is what a change does to a document.
type Effect int

// The effects.
const (
	Put     Effect = iota // the document will be Text
	Edit                  // the document will be what Edit makes of it
	Remove                // there will be none
	Unknown               // what will be there is known once the change is made
)

// Change is one document as it would be.
type Change struct {
	// Origin is what messages call the change, such as "s3:trail=policy.json" or a
	// resource's address in Terraform.
	Origin string
	// File and Line are where that stands, as scanner.ChangedBy has them.
	File string
	Line int
	// Kind is the document's; empty: every document of the resource, and with a
	// role or user every policy that names it, all of them unknown.
	Kind document.Kind
	// Resource is what messages call whatever the document belongs to, and Is says
	// whether that is the resource of an ARN.
	Resource string
	Is       func(resource string) bool
	// Name is the evidence's name: "inline/NAME" for a policy of a role or user,
	// the ARN of a managed policy.
	Name   string
	Effect Effect
	// Text is the document's. That of an edit tells it apart from others of the same
	// document which it excludes; empty: they add up.
	Text string
	// Edit makes the new text of the old one, or says in a clause why that is not known.
	Edit func(text string) (edited, why string)
	// Why is a clause about a document that is unknown.
	Why string
	// IfMissing says that a document which is there stays as it is.
	IfMissing bool
	// Part says that the change is one of many, most of which may be about nothing
	// in the snapshot.
	Part bool
}

// Named is Change.Is for an ARN, or for the name at its end.
func Named(name string) func(resource string) bool {
	return func(resource string) bool {
		return resource == name || strings.HasSuffix(resource, "/"+name) || strings.HasSuffix(resource, ":::"+name)
	}
}

// noun is what the change is about.
func (c *Change) noun() string {
	if c.Kind == "" {
		return "document"
	}
	return c.Kind.Noun()
}

// check refuses a text that AWS would refuse.
func (c *Change) check() error {
	kind, ok := c.Kind.Policy()
	if !ok {
		if c.Part {
			return nil
		}
		return fmt.Errorf("%s: a %s is no policy: name a bucket, trust, identity or key policy", c.Origin, c.Kind.Noun())
	}
	if excess := c.Kind.Excess(c.Name, c.Text); excess != "" {
		return fmt.Errorf("%s: %s: is it the file that you meant?", c.Origin, excess)
	}
	policy, err := iam.Parse([]byte(c.Text), iam.ParseOptions{Name: c.Kind.Noun(), Type: kind})
	var refused *iam.ParseError
	if errors.As(err, &refused) {
		return c.refused(refused.Line, refused.Column, refused.Message)
	}
	if err != nil {
		return err
	}
	for _, s := range policy.Statements() {
		switch {
		case kind == iam.TrustPolicy && len(s.Resources)+len(s.NotResources) > 0:
			return c.refused(s.Line, s.Column, "a statement of a trust policy has no Resource")
		case kind == iam.IdentityPolicy && len(s.Principals) > 0:
			return c.refused(s.Line, s.Column, "a statement of an identity policy has no Principal")
		}
	}
	return nil
}

func (c *Change) refused(line, column int, why string) error {
	return fmt.Errorf("%s: AWS would refuse this %s, line %d, column %d: %s", c.Origin, c.Kind.Noun(), line, column, why)
}

// place is a document, or the place for one.
type place struct {
	kind           document.Kind
	resource, name string
}

// touches says whether the change is about a document, which is there or a gap.
// A new policy of a role or user touches the list of them.
func (c *Change) touches(p place) bool {
	switch {
	case !c.Is(p.resource):
		return false
	case c.Kind == "":
		return true
	case c.Kind != document.KindIdentityPolicy && c.Kind != document.KindBoundary:
		return p.kind == c.Kind && p.name == c.Name || p.kind == c.Kind && c.Kind == document.KindIdentityPolicies
	case c.Resource == "": // of whoever has the policy
		return p.kind == c.Kind && (strings.HasSuffix(p.name, "/"+c.Name) || Like(c.Name, p.name))
	default:
		return p.kind == document.KindIdentityPolicies
	}
}

// Like says whether a name may be the one that is meant. No name of AWS has an
// asterisk: in one that is not known whole it stands for the rest.
func Like(meant, name string) bool {
	matched, err := path.Match(meant, name)
	return err == nil && matched || meant == name
}

// places are those in a record that the change is about: of each resource one,
// where the change is about a resource.
func (c *Change) places(r *scanner.Record) []place {
	var found []place
	add := func(p place) {
		if !c.touches(p) {
			return
		}
		if c.Resource != "" || c.Kind == document.KindIdentityPolicies {
			p.kind, p.name = c.Kind, c.Name
		}
		if !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	for i := range r.Evidence {
		e := &r.Evidence[i]
		add(place{e.Kind, e.Resource, e.Name})
	}
	for i := range r.Gaps {
		g := &r.Gaps[i]
		add(place{g.Kind, g.Resource, g.Name})
	}
	return found
}

// same says whether two texts are one document, however they are indented.
func same(a, b string) bool {
	return a == b || scanner.NewDisplay(a).Text == scanner.NewDisplay(b).Text
}
