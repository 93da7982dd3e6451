package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// KeyGrants are the grants on a KMS key that can be about objects in S3. Those that
// AWS services make by the thousand for volumes, databases and the like demand an
// encryption context that S3 never sends, and are left out.
type KeyGrants struct {
	Grants []KeyGrant `json:"Grants"`
}

// KeyGrant lets one principal do some operations with the key, whatever the key
// policy says of it.
type KeyGrant struct {
	ID string `json:"GrantId"`
	// Grantee is an ARN or the id of a deleted principal; GranteeService is the name
	// of an AWS service, which in older grants stands under Grantee.
	Grantee         string            `json:"GranteePrincipal,omitempty"`
	GranteeService  string            `json:"GranteeServicePrincipal,omitempty"`
	Retiring        string            `json:"RetiringPrincipal,omitempty"` // who else may end the grant
	RetiringService string            `json:"RetiringServicePrincipal,omitempty"`
	Operations      []string          `json:"Operations"` // sorted
	Constraints     *GrantConstraints `json:"Constraints,omitempty"`
}

// GrantConstraints narrow what a grant is for.
type GrantConstraints struct {
	ContextEquals map[string]string `json:"EncryptionContextEquals,omitempty"`
	ContextSubset map[string]string `json:"EncryptionContextSubset,omitempty"`
	SourceARN     string            `json:"SourceArn,omitempty"`
}

// Valid says that the text holds a list of grants, be it empty.
func (d *KeyGrants) Valid() bool { return d.Grants != nil }

// s3Context is the one name in the encryption context that S3 sends: the object's
// ARN, or the bucket's where that has a bucket key.
const s3Context = "aws:s3:arn"

// ForObjects says that the grant can be about objects in S3: no constraint demands
// what S3 does not send.
func (g *KeyGrant) ForObjects() bool {
	for _, pairs := range g.pairs() {
		for name := range pairs {
			if name != s3Context {
				return false
			}
		}
	}
	// A context that has to be empty is none of S3's.
	return g.Constraints == nil || g.Constraints.ContextEquals == nil || len(g.Constraints.ContextEquals) > 0
}

// Reaches says that the grant can be about a bucket, given by its ARN, or about
// objects in it.
func (g *KeyGrant) Reaches(bucket string) bool {
	for _, pairs := range g.pairs() {
		if of, named := pairs[s3Context]; named && of != bucket && !strings.HasPrefix(of, bucket+"/") {
			return false
		}
	}
	return g.ForObjects()
}

func (g *KeyGrant) pairs() []map[string]string {
	if g.Constraints == nil {
		return nil
	}
	return []map[string]string{g.Constraints.ContextEquals, g.Constraints.ContextSubset}
}

// Who is whom the grant is for.
func (g *KeyGrant) Who() string { return cmp.Or(g.Grantee, g.GranteeService) }

// Allows is the grant as policies are evaluated with it.
func (g *KeyGrant) Allows() iam.Grant {
	grant := iam.Grant{ID: g.ID, Grantee: g.Who(), Operations: g.Operations}
	if c := g.Constraints; c != nil {
		grant.EncryptionContextEquals, grant.EncryptionContextSubset, grant.SourceARN = c.ContextEquals, c.ContextSubset, c.SourceARN
	}
	return grant
}

// Sort puts the grants, and what each lets be done, into an order of their own: KMS
// has none.
func (d *KeyGrants) Sort() {
	for i := range d.Grants {
		slices.Sort(d.Grants[i].Operations)
	}
	slices.SortFunc(d.Grants, func(a, b KeyGrant) int { return cmp.Or(cmp.Compare(a.Who(), b.Who()), cmp.Compare(a.ID, b.ID)) })
}

// Title names one of the grants.
func (g *KeyGrant) Title() string {
	return fmt.Sprintf("grant %s to %s", g.ID, g.Who())
}
