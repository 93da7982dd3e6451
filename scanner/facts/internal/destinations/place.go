package destinations

import (
	"cmp"
	"slices"
	"strings"
)

// place holds the exports that write to one bucket or container, so that those
// whose paths overlap are found without a look at each.
type place struct {
	all     []*Export // by prefix, once sorted
	unknown []*Export // those whose path is not known
}

func (p *place) add(e *Export) {
	p.all = append(p.all, e)
	if e.PathUnknown {
		p.unknown = append(p.unknown, e)
	}
}

func (p *place) sort() {
	slices.SortFunc(p.all, func(a, b *Export) int { return cmp.Compare(a.Prefix, b.Prefix) })
}

// near lists the exports that may overlap with one: all that do, and none twice.
func (p *place) near(own *Export) []*Export {
	if own.PathUnknown {
		return p.all
	}
	list := slices.Clone(p.unknown)
	known := func(among []*Export) {
		for _, e := range among {
			if !e.PathUnknown {
				list = append(list, e)
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
func (p *place) at(prefix string) []*Export {
	rest := p.all[p.search(prefix):]
	end := slices.IndexFunc(rest, func(e *Export) bool { return e.Prefix != prefix })
	return upTo(rest, end)
}

// below lists the exports whose prefix starts with one.
func (p *place) below(prefix string) []*Export {
	rest := p.all[p.search(prefix):]
	end := slices.IndexFunc(rest, func(e *Export) bool { return !strings.HasPrefix(e.Prefix, prefix) })
	return upTo(rest, end)
}

// search finds the first export whose prefix does not sort before one.
func (p *place) search(prefix string) int {
	at, _ := slices.BinarySearchFunc(p.all, prefix, func(e *Export, prefix string) int { return cmp.Compare(e.Prefix, prefix) })
	return at
}

// upTo cuts a list before a place; a negative one leaves it whole.
func upTo(list []*Export, end int) []*Export {
	if end < 0 {
		return list
	}
	return list[:end]
}
