package overlay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Overlay puts changes over the records of one snapshot. It is not safe for
// concurrent use.
type Overlay struct {
	changes []Change
	at      time.Time
	touched []map[string]bool // resources by change
	about   map[string][]int  // by resource, which changes are about it
	owners  map[place][]*Change
}

// New checks the changes. The time is that of the snapshot, which a document gets
// that was not there.
func New(changes []Change, at time.Time) (*Overlay, error) {
	o := &Overlay{changes: slices.Clone(changes), at: at, about: map[string][]int{}, owners: map[place][]*Change{}}
	// What is known of a document of a resource comes after what is said of all.
	slices.SortStableFunc(o.changes, func(a, b Change) int { return min(len(a.Kind), 1) - min(len(b.Kind), 1) })
	for i := range o.changes {
		if c := &o.changes[i]; !c.Part {
			if err := c.check(); err != nil {
				return nil, err
			}
		}
		o.touched = append(o.touched, map[string]bool{})
	}
	return o, nil
}

// Apply returns a record as it would be: the record itself where no change is about
// any of its documents, else another, and the record stays as it is.
func (o *Overlay) Apply(r *scanner.Record) (*scanner.Record, error) {
	planned, touched := draft{record: *r, at: o.at}, false
	planned.record.Evidence, planned.record.Gaps = slices.Clone(r.Evidence), slices.Clone(r.Gaps)
	for _, i := range o.concerned(r) {
		c := &o.changes[i]
		for _, p := range c.places(r) {
			touched = true
			o.touched[i][p.resource] = true
			agreed, err := o.claim(c, p)
			if err != nil {
				return nil, err
			}
			if err := planned.make(agreed, p); err != nil {
				return nil, err
			}
		}
	}
	if !touched {
		return r, nil
	}
	planned.forgetKey(r)
	return &planned.record, nil
}

// concerned lists, in their order, the changes that are about a resource of a record.
// Most exports share nothing with a change, and each resource is asked about once.
func (o *Overlay) concerned(r *scanner.Record) []int {
	var all []int
	see := func(resource string) {
		about, known := o.about[resource]
		if !known {
			for i := range o.changes {
				if o.changes[i].Is(resource) {
					about = append(about, i)
				}
			}
			o.about[resource] = about
		}
		all = append(all, about...)
	}
	for i := range r.Evidence {
		see(r.Evidence[i].Resource)
	}
	for i := range r.Gaps {
		see(r.Gaps[i].Resource)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Touch is a document that a change is about; of no kind: every document of the
// resource.
type Touch struct {
	Kind           document.Kind
	Resource, Name string
	By             scanner.ChangedBy
}

// Touches lists what the changes are about in a record.
func (o *Overlay) Touches(r *scanner.Record) []Touch {
	var touches []Touch
	for _, i := range o.concerned(r) {
		c := &o.changes[i]
		for _, p := range c.places(r) {
			t := Touch{c.Kind, p.resource, p.name, scanner.ChangedBy{Address: c.Origin, File: c.File, Line: c.Line}}
			if c.Kind == "" {
				t.Name = ""
			}
			touches = append(touches, t)
		}
	}
	return touches
}

// claim refuses a second change of a document, unless it is the same. Of several that
// are parts of one plan nobody knows which comes last.
func (o *Overlay) claim(c *Change, p place) (*Change, error) {
	owners := o.owners[p]
	if !slices.Contains(owners, c) {
		owners = append(owners, c)
		o.owners[p] = owners
	}
	i := slices.IndexFunc(owners, func(other *Change) bool {
		return other.Effect != owners[0].Effect || !same(other.Text, owners[0].Text)
	})
	switch {
	case p.kind == "", i < 0:
		return c, nil
	case !owners[0].Part || !owners[i].Part:
		return nil, fmt.Errorf("%s and %s are two changes of the %s of %s: name one of them", owners[0].Origin, owners[i].Origin, c.noun(), p.resource)
	}
	return &Change{
		Origin: owners[0].Origin + " and " + owners[i].Origin, Kind: c.Kind, Resource: c.Resource, Is: c.Is, Name: c.Name, Part: true,
		Effect: Unknown, Why: "both change it, and which one comes last is not known",
	}, nil
}

// Finish says, after the last record, which change touched nothing, or did not
// say which of several it means.
func (o *Overlay) Finish() error {
	for i := range o.changes {
		c := &o.changes[i]
		if c.Part {
			continue
		}
		switch resources := slices.Sorted(maps.Keys(o.touched[i])); {
		case len(resources) == 0:
			return fmt.Errorf("%s: no export in the snapshot reads a %s of %s: check the name, or leave the change out", c.Origin, c.noun(), c.Resource)
		case len(resources) > 1:
			return fmt.Errorf("%s: %s may be %s: name one by its ARN", c.Origin, c.Resource, strings.Join(resources, " or "))
		}
	}
	return nil
}

// Applied lists, after the last record, what was changed: "aws_s3_bucket_policy.trail:
// bucket policy of arn:aws:s3:::trail".
func (o *Overlay) Applied() []string {
	var list []string
	for i := range o.changes {
		c := &o.changes[i]
		for _, resource := range slices.Sorted(maps.Keys(o.touched[i])) {
			what := c.noun() + " of " + resource
			switch {
			case c.Kind == "":
				what = resource
			case c.Name != "":
				what = c.noun() + " " + strings.TrimPrefix(c.Name, "inline/") + " of " + resource
			}
			if c.Effect == Unknown {
				what += ", not known before it is made"
			}
			list = append(list, c.Origin+": "+what)
		}
	}
	return slices.Compact(list)
}
