package destinations

import (
	"slices"
	"sort"
	"strings"
)

// place holds the exports that write to one bucket or container, so that those
// whose paths overlap are found without a look at each.
type place struct {
	all      []Export  // by prefix
	pathless []*Export // those whose path is not known
}

// near lists the exports that may overlap with one: all that do, and none twice.
func (p *place) near(own *Export) []*Export {
	if own.PathUnknown {
		return pointers(p.all)
	}
	list := slices.Clone(p.pathless)
	known := func(among []Export) {
		for i := range among {
			if !among[i].PathUnknown {
				list = append(list, &among[i])
			}
		}
	}
	for end := range len(own.Prefix) {
		known(p.at(own.Prefix[:end]))
	}
	known(p.below(own.Prefix))
	return list
}

// at lists the exports with exactly a prefix.
func (p *place) at(prefix string) []Export {
	return p.while(prefix, func(e *Export) bool { return e.Prefix == prefix })
}

// below lists the exports whose prefix starts with one.
func (p *place) below(prefix string) []Export {
	return p.while(prefix, func(e *Export) bool { return strings.HasPrefix(e.Prefix, prefix) })
}

// while lists the exports from the first whose prefix does not sort before one, as
// long as they are wanted.
func (p *place) while(prefix string, wanted func(*Export) bool) []Export {
	first := sort.Search(len(p.all), func(i int) bool { return p.all[i].Prefix >= prefix })
	end := first
	for end < len(p.all) && wanted(&p.all[end]) {
		end++
	}
	return p.all[first:end]
}

func pointers(list []Export) []*Export {
	all := make([]*Export, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}
