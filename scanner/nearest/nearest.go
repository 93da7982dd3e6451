// Package nearest proposes the name that was probably meant. It holds no names
// of its own.
package nearest

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// telling is how many letters have to be given for the beginning of a name to
// identify it.
const telling = 4

// Name returns the name most like a misspelt one, whatever the case: the
// shortest that begins with it, else the one with the fewest different letters.
// It returns nothing where more than a third of the letters differ.
func Name(misspelt string, names []string) string {
	begun := ""
	for _, name := range names {
		long := len(misspelt) >= telling && len(name) > len(misspelt) && strings.EqualFold(name[:len(misspelt)], misspelt)
		if long && (begun == "" || len(name) < len(begun)) {
			begun = name
		}
	}
	if begun != "" {
		return begun
	}
	best, distance := "", 1+max(2, len(misspelt)/3)
	for _, name := range names {
		if len(misspelt) > 2*len(name) { // too different, and perhaps a text of any length
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(misspelt), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	return best
}
