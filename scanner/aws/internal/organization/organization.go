// Package organization reads what an organization's control policies say about
// an account: the organization itself, the account's place in it, and the
// service and resource control policies of each level above.
//
// Accounts share most of their levels, and levels most of their policies: each
// is read once. A question without an answer is a Found with an error in place
// of a document, and does not affect the others.
package organization

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/once"
	"github.com/trailguard/trailguard/scanner/document"
)

// The calls by name.
const (
	CallOrganization = "organizations:DescribeOrganization"
	CallRoots        = "organizations:ListRoots"
	CallParents      = "organizations:ListParents"
	CallPolicies     = "organizations:ListPoliciesForTarget"
	CallPolicy       = "organizations:DescribePolicy"
	// CallEffective is asked with the account's own credentials.
	CallEffective = "organizations:DescribeEffectivePolicy"
)

// NoSuchAccount reports whether an error code in the answer to a call means
// that an account is not in the organization. AWS documents the first code for
// ListParents.
func NoSuchAccount(call, code string) bool {
	return call == CallParents && (code == "ChildNotFoundException" || code == "AccountNotFoundException")
}

// NoPolicy tells whether an error code, in the answer to CallEffective, is that of an
// account in which no policy of the type is in effect, or that is in no organization.
func NoPolicy(code string) bool {
	return code == "EffectivePolicyNotFoundException" || code == "AWSOrganizationsNotInUseException"
}

// ErrAbsent means that AWS answered as in NoSuchAccount.
var ErrAbsent = errors.New("it is not in the organization")

// UnclearError is an answer that makes no sense.
type UnclearError struct{ Call, What string }

func (e *UnclearError) Error() string { return e.Call + ": " + e.What }

func unclear(call, format string, args ...any) error {
	return &UnclearError{call, fmt.Sprintf(format, args...)}
}

// Ask sends one question, with its retries.
type Ask func(ctx context.Context, call string, send func(context.Context, *organizations.Client) error) (gate.Answer, error)

// Found is a document, the answer that there is none, or an error in its place.
type Found struct {
	Kind           document.Kind
	From           gate.Answer
	Resource, Name string
	Text           string
	Absent         bool
	Err            error
}

// Reader reads one organization. It is safe for concurrent use.
type Reader struct {
	// Partition is the organization's.
	Partition string
	// Ask sends questions with credentials of the management account or of a
	// delegated administrator.
	Ask Ask

	self     once.Map[struct{}, Found]
	parents  once.Map[string, parent]
	levels   once.Map[string, []Found]
	policies once.Map[string, content]
}

// parent is what contains an account or a unit.
type parent struct {
	level document.OrganizationLevel
	from  gate.Answer
	err   error
}

// maxPages bounds every list, maxDepth the levels above an account: AWS has a
// root and five of units.
const (
	maxPages = 50
	maxDepth = 16
)

// Organization reads the organization itself.
func (r *Reader) Organization(ctx context.Context) Found {
	return r.self.Do(struct{}{}, func() Found {
		found := Found{Kind: document.KindOrganization, Resource: document.LevelResource(r.Partition, "organization")}
		found.Text, found.From, found.Err = r.describe(ctx)
		return found
	})
}

// Account reads an account's place in the organization, and the policies of
// every level on the way to it.
func (r *Reader) Account(ctx context.Context, account string) []Found {
	path := Found{Kind: document.KindOrganizationPath, Resource: "arn:" + r.Partition + ":iam::" + account + ":root"}
	levels, from, err := r.path(ctx, account)
	path.From = from
	if path.Absent = errors.Is(err, ErrAbsent); !path.Absent {
		path.Err = err
	}
	if err != nil {
		return []Found{path}
	}
	path.Text = document.Encode(document.OrganizationPath{Levels: levels})
	found := []Found{path}
	for _, level := range levels {
		found = append(found, r.levels.Do(level.ID, func() []Found { return r.level(ctx, level.ID) })...)
	}
	return found
}

// path returns the levels from the root to an account, and the last answer that told
// one.
func (r *Reader) path(ctx context.Context, account string) ([]document.OrganizationLevel, gate.Answer, error) {
	var from gate.Answer
	levels := []document.OrganizationLevel{{ID: account, Type: document.LevelAccount}}
	for levels[0].Type != document.LevelRoot {
		if len(levels) > maxDepth {
			return nil, from, unclear(CallParents, "account %s has more than %d levels above it", account, maxDepth)
		}
		below := levels[0].ID
		above := r.parents.Do(below, func() parent { return r.parent(ctx, below) })
		from = above.from
		if above.err != nil {
			if len(levels) > 1 && errors.Is(above.err, ErrAbsent) {
				return nil, from, unclear(CallParents, "%s, which holds account %s, is said not to be there", below, account)
			}
			return nil, from, above.err
		}
		levels = append([]document.OrganizationLevel{above.level}, levels...)
	}
	return levels, from, nil
}
