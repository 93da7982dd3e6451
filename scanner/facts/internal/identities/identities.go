// Package identities knows principals that are no longer there. IAM writes the
// unique id of a user or role that was deleted into the policies that named it;
// whoever is created anew under the name is somebody else.
package identities

import (
	"regexp"

	"github.com/trailguard/trailguard/scanner/iam"
)

// uniqueID is the id of a user or role. Groups and profiles are no principals.
var uniqueID = regexp.MustCompile(`^A(ID|RO)A[A-Z0-9]+$`)

// Deleted says whether AWS shows a principal by its unique id.
func Deleted(p *iam.Principal) bool {
	return p.Kind == iam.PrincipalAWS && uniqueID.MatchString(p.Value)
}

// Entry is a deleted principal in a statement.
type Entry struct {
	ID      string
	Pointer string // of the statement
	Does    string // what the entry does now, a clause
}

// Gone lists the deleted principals that statements name, each once a statement.
// An id in a condition, such as of aws:userid, is none.
func Gone(statements []iam.Statement) []Entry {
	var out []Entry
	for i := range statements {
		s := &statements[i]
		for _, p := range s.Principals {
			if Deleted(&p) {
				out = append(out, Entry{p.Value, s.Pointer, does(s)})
			}
		}
	}
	return out
}

func does(s *iam.Statement) string {
	switch {
	case s.NotPrincipal:
		return "spares nobody, also not whoever was created anew under its name"
	case s.Effect == iam.Deny:
		return "denies nobody anything, also not whoever was created anew under its name"
	default:
		return "lets nobody in, also not whoever was created anew under its name"
	}
}
