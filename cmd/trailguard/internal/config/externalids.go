package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// OtherExternalID is an id that no export has and that the roles may demand, and
// whose it is.
type OtherExternalID struct {
	ID     string `yaml:"id"`
	Reason string `yaml:"reason"`
}

// externalID is what STS takes as an ExternalId. A wildcard is none: it would
// declare every id.
var externalID = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]+$`)

// externalIDs checks the ids that are declared beside those of exports.
func (c *checker) externalIDs(declared []OtherExternalID, at []any) {
	seen := map[string]bool{}
	for i, d := range declared {
		here := append(slices.Clone(at), i)
		switch {
		case len(d.ID) < 2 || len(d.ID) > 1224 || !externalID.MatchString(d.ID):
			c.add(append(here, "id"), "%q is not an ExternalId: write the whole id that Immuta shows, 2 to 1224 letters, digits and _+=,.@:/-", d.ID)
		case seen[d.ID]:
			c.add(append(here, "id"), "the ExternalId %q is declared twice", d.ID)
		}
		if strings.TrimSpace(d.Reason) == "" {
			c.add(here, "the ExternalId %q has no reason: say whose it is, such as the access summary export of finance", d.ID)
		}
		seen[d.ID] = true
	}
}

func otherExternalIDs(declared []OtherExternalID) []scanner.OtherExternalID {
	var ids []scanner.OtherExternalID
	for _, d := range declared {
		ids = append(ids, scanner.OtherExternalID(d))
	}
	return ids
}
