// Package nearest proposes the name that somebody may have meant. It holds no
// names of its own.
package nearest

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Name returns the name most like a misspelt one, whatever the case, or
// nothing where more than a third of the letters differ.
func Name(misspelt string, names []string) string {
	best, distance := "", 1+max(2, len(misspelt)/3)
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(misspelt), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	return best
}
