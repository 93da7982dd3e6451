package destinations

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Export is an export of a run that is not certainly disabled.
type Export struct {
	Tenant, URL string
	scanner.Destination
}

// Index holds the exports of a run by their places.
type Index struct {
	byPlace map[string]*place
	all     []*Export
	vague   []*Export // that may write to a place of another name
	untold  []*scanner.Tenant
}

// New indexes the exports of all tenants.
func New(tenants []scanner.Tenant) *Index {
	x := &Index{byPlace: map[string]*place{}}
	for i := range tenants {
		t := &tenants[i]
		if len(t.Destinations) < len(t.ConfigurationIDs) {
			x.untold = append(x.untold, t)
		}
		for _, d := range t.Destinations {
			if d.Disabled {
				continue
			}
			e := &Export{t.Name, t.URL, d}
			x.all = append(x.all, e)
			key := e.key()
			if x.byPlace[key] == nil {
				x.byPlace[key] = &place{}
			}
			x.byPlace[key].add(e)
			if e.vague() {
				x.vague = append(x.vague, e)
			}
		}
	}
	for _, p := range x.byPlace {
		p.sort()
	}
	return x
}

// key tells places apart. The name of a bucket is one bucket's in its partition.
func (e *Export) key() string {
	if e.azure() {
		return "azure " + e.Place
	}
	return Partition(e.Region) + " " + e.Place
}

func (e *Export) azure() bool { return e.Type == scanner.EndpointADLS }

// vague says that the place may be another's by another name: it is not known, or
// an access point's.
func (e *Export) vague() bool {
	doors := []string{FormAlias, FormAccessPoint, FormMultiRegion}
	return e.Place == "" || !e.azure() && slices.Contains(doors, Form(e.Place))
}

// Name is what a person calls the place by.
func (e *Export) Name() string {
	switch {
	case e.Place == "":
		return "a place that is not known"
	case e.azure():
		return "adls://" + e.Place + "/" + e.Prefix
	default:
		return "s3://" + e.Place + "/" + e.Prefix
	}
}

// overlaps says whether the paths do, as far as they are known.
func (e *Export) overlaps(other *Export) bool {
	return e.PathUnknown || other.PathUnknown || strings.HasPrefix(e.Prefix, other.Prefix) || strings.HasPrefix(other.Prefix, e.Prefix)
}

// Sharing lists the other exports whose places overlap with a known one, certainly
// or perhaps, and the tenants whose exports nobody knows the places of. A list
// that was read twice, under the names of two tenants, counts once.
func (x *Index) Sharing(own *Export) (certain, possible []*Export, untold []*scanner.Tenant) {
	look := func(among []*Export, sure func(*Export) bool) {
		for _, e := range among {
			switch same := e.ID == own.ID && (e.Tenant == own.Tenant || e.URL == own.URL); {
			case same, !e.overlaps(own):
			case sure(e):
				certain = append(certain, e)
			default:
				possible = append(possible, e)
			}
		}
	}
	if here := x.byPlace[own.key()]; here != nil {
		look(here.near(own), func(e *Export) bool {
			return !e.PathUnknown && !own.PathUnknown && !e.EnabledUnknown
		})
	}
	among := x.vague
	if own.vague() {
		among = x.all
	}
	look(slices.DeleteFunc(slices.Clone(among), func(e *Export) bool {
		// Azure's containers and S3's are never the same.
		return e.Place != "" && e.azure() != own.azure() || e.key() == own.key()
	}), func(*Export) bool { return false })
	for _, t := range x.untold {
		if slices.ContainsFunc(t.ConfigurationIDs, func(id string) bool { return id != own.ID }) {
			untold = append(untold, t)
		}
	}
	for _, list := range [][]*Export{certain, possible} {
		slices.SortFunc(list, func(a, b *Export) int {
			return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ID, b.ID))
		})
	}
	return certain, possible, untold
}
