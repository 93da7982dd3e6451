// Package identities tells which user or role a text means: an ARN with its path,
// the session of a role, which drops the path, or a unique id. IAM writes the id of
// a user or role that was deleted into the policies that named it; whoever is
// created anew under the name is somebody else.
package identities

import (
	"regexp"
	"slices"
	"strings"

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

// Name is a role's or user's name without its path; empty where a text is no ARN.
func Name(arn string) string {
	a, _ := iam.ParseARN(arn)
	return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
}

// Same says that an expected principal is the one that a policy names. Status
// texts name the session, which belongs to the role and drops its path.
func Same(expected, named string) bool {
	if expected == named {
		return true
	}
	x, _ := iam.ParseARN(expected)
	y, _ := iam.ParseARN(named)
	role, ok := strings.CutPrefix(x.Resource, "assumed-role/")
	if !ok || x.Partition != y.Partition || x.Account != y.Account || !strings.HasPrefix(y.Resource, "role/") {
		return false
	}
	name, _, _ := strings.Cut(role, "/")
	return name == Name(named)
}

// Names says that a statement lists a principal, by its name or as everybody.
func Names(s *iam.Statement, principal string) bool {
	return slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Value == principal || p.Kind == iam.PrincipalAnyone })
}
