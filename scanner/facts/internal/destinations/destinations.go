package destinations

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Export is an export of a run that is not certainly disabled. It points into the
// tenant's list: of a large fleet, each is held once.
type Export struct {
	Of *scanner.Tenant
	*scanner.Destination
}

// Index holds the exports of a run by their places.
type Index struct {
	all      []Export          // by place and prefix
	pathless map[key][]*Export // those whose path is not known
	vague    []*Export         // that may write to a place of another name
	untold   []*scanner.Tenant
}

// New indexes the exports of all tenants.
func New(tenants []scanner.Tenant) *Index {
	x := &Index{pathless: map[key][]*Export{}}
	n := 0
	for i := range tenants {
		n += len(tenants[i].Destinations)
	}
	x.all = make([]Export, 0, n)
	for i := range tenants {
		t := &tenants[i]
		if len(t.Destinations) < len(t.ConfigurationIDs) {
			x.untold = append(x.untold, t)
		}
		for j := range t.Destinations {
			if !t.Destinations[j].Disabled {
				x.all = append(x.all, Export{t, &t.Destinations[j]})
			}
		}
	}
	slices.SortFunc(x.all, func(a, b Export) int {
		return cmp.Or(a.key().compare(b.key()), strings.Compare(a.Prefix, b.Prefix))
	})
	for i := range x.all {
		e := &x.all[i]
		if e.PathUnknown {
			x.pathless[e.key()] = append(x.pathless[e.key()], e)
		}
		if e.vague() {
			x.vague = append(x.vague, e)
		}
	}
	return x
}

// key tells places apart. The name of a bucket is one bucket's in its partition.
type key struct{ within, name string }

func (e *Export) key() key {
	if e.azure() {
		return key{"azure", e.Place}
	}
	return key{Partition(e.Region), e.Place}
}

func (k key) compare(other key) int {
	return cmp.Or(strings.Compare(k.name, other.name), strings.Compare(k.within, other.within))
}

// at returns the exports that write to a place.
func (x *Index) at(k key) place {
	first, _ := slices.BinarySearchFunc(x.all, k, func(e Export, k key) int { return e.key().compare(k) })
	rest := x.all[first:]
	end := sort.Search(len(rest), func(i int) bool { return rest[i].key() != k })
	return place{all: rest[:end], pathless: x.pathless[k]}
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
			switch same := e.ID == own.ID && (e.Of.Name == own.Of.Name || e.Of.URL == own.Of.URL); {
			case same, !e.overlaps(own):
			case sure(e):
				certain = append(certain, e)
			default:
				possible = append(possible, e)
			}
		}
	}
	here := x.at(own.key())
	look(here.near(own), func(e *Export) bool {
		return !e.PathUnknown && !own.PathUnknown && !e.EnabledUnknown
	})
	among := slices.Clone(x.vague)
	if own.vague() {
		among = pointers(x.all)
	}
	look(slices.DeleteFunc(among, func(e *Export) bool {
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
			return cmp.Or(strings.Compare(a.Of.Name, b.Of.Name), strings.Compare(a.ID, b.ID))
		})
	}
	return certain, possible, untold
}
