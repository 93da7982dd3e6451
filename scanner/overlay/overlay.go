package overlay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Overlay puts changes over the records of one snapshot. It is not safe for
// concurrent use.
type Overlay struct {
	changes []Change
	at      time.Time
	touched []map[string]bool  // resources by change
	owners  map[string]*Change // of documents, by reference
}

// New checks the changes: each is a policy that AWS would accept. The time is that
// of the snapshot, which a document gets that was not there.
func New(changes []Change, at time.Time) (*Overlay, error) {
	o := &Overlay{changes: slices.Clone(changes), at: at, owners: map[string]*Change{}}
	for i := range o.changes {
		if err := o.changes[i].check(); err != nil {
			return nil, err
		}
		o.touched = append(o.touched, map[string]bool{})
	}
	return o, nil
}

// Apply returns a record as it would be. The record itself stays as it is.
func (o *Overlay) Apply(r *scanner.Record) (*scanner.Record, error) {
	planned := *r
	planned.Evidence, planned.Gaps = slices.Clone(r.Evidence), slices.Clone(r.Gaps)
	for i := range o.changes {
		c := &o.changes[i]
		for _, resource := range c.resources(r) {
			o.touched[i][resource] = true
			if err := o.claim(c, resource); err != nil {
				return nil, err
			}
			if err := o.replace(&planned, c, resource); err != nil {
				return nil, err
			}
		}
	}
	return &planned, nil
}

// claim refuses a second change of a document, unless it is the same.
func (o *Overlay) claim(c *Change, resource string) error {
	ref := scanner.Ref(c.Kind, resource, c.Name)
	if other := o.owners[ref]; other != nil && !same(other.Text, c.Text) {
		return fmt.Errorf("%s and %s are two changes of the %s of %s: name one of them", other.Origin, c.Origin, c.Kind.Noun(), resource)
	}
	o.owners[ref] = c
	return nil
}

// Finish says, after the last record, which change touched nothing, or did not
// say which of several it means.
func (o *Overlay) Finish() error {
	for i := range o.changes {
		c := &o.changes[i]
		switch resources := slices.Sorted(maps.Keys(o.touched[i])); {
		case len(resources) == 0:
			return fmt.Errorf("%s: no export in the snapshot reads a %s of %s: check the name, or leave the change out", c.Origin, c.Kind.Noun(), c.Resource)
		case len(resources) > 1:
			return fmt.Errorf("%s: %s may be %s: name one by its ARN", c.Origin, c.Resource, strings.Join(resources, " or "))
		}
	}
	return nil
}
