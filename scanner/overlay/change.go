package overlay

import (
	"errors"
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Change is one policy as it would be.
type Change struct {
	// Origin is what errors call the change, such as "s3:trail=policy.json".
	Origin string
	Kind   document.Kind
	// Resource is the ARN that the document belongs to, or the name at its end.
	Resource string
	// Name is the evidence's name: "inline/NAME" for a policy of a role or user.
	Name string
	Text string
}

// check refuses a text that AWS would refuse.
func (c *Change) check() error {
	kind, ok := c.Kind.Policy()
	if !ok {
		return fmt.Errorf("%s: a %s is no policy: name a bucket, trust, identity or key policy", c.Origin, c.Kind.Noun())
	}
	if excess := c.Kind.Excess(c.Name, c.Text); excess != "" {
		return fmt.Errorf("%s: %s: is it the file that you meant?", c.Origin, excess)
	}
	_, err := iam.Parse([]byte(c.Text), iam.ParseOptions{Name: c.Kind.Noun(), Type: kind})
	var refused *iam.ParseError
	if errors.As(err, &refused) {
		return fmt.Errorf("%s: AWS would refuse this %s, line %d, column %d: %s", c.Origin, c.Kind.Noun(), refused.Line, refused.Column, refused.Message)
	}
	return err
}

// about says whether the document belongs to a resource.
func (c *Change) about(resource string) bool {
	return resource == c.Resource || strings.HasSuffix(resource, "/"+c.Resource) || strings.HasSuffix(resource, ":::"+c.Resource)
}

// anchor is the kind of document that every record has which the change touches:
// read or a gap.
func (c *Change) anchor() document.Kind {
	if c.Kind == document.KindIdentityPolicy {
		return document.KindIdentityPolicies
	}
	return c.Kind
}

// resources are those in a record that the change is about.
func (c *Change) resources(r *scanner.Record) []string {
	var found []string
	add := func(kind document.Kind, resource string) {
		if kind == c.anchor() && c.about(resource) {
			found = append(found, resource)
		}
	}
	for i := range r.Evidence {
		add(r.Evidence[i].Kind, r.Evidence[i].Resource)
	}
	for i := range r.Gaps {
		add(r.Gaps[i].Kind, r.Gaps[i].Resource)
	}
	return found
}

// same says whether two texts are one document, however they are indented.
func same(a, b string) bool {
	return a == b || scanner.NewDisplay(a).Text == scanner.NewDisplay(b).Text
}
