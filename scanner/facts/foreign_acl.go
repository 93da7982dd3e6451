package facts

import (
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// writePermissions are those of an access control list by which somebody may
// write, or let himself write, and the action that each stands for.
var writePermissions = map[string]string{"WRITE": "s3:PutObject", "WRITE_ACP": "s3:PutBucketAcl", "FULL_CONTROL": "s3:PutObject"}

// foreignByACL lists grants to groups. A grant to a canonical user other than the
// owner leaves the fact open: nobody can tell whose account it names.
func (e *export) foreignByACL(w *trespass) foreign {
	owned := e.ownershipRead()
	if owned.enforced {
		return foreign{refs: []string{owned.ref}}
	}
	ignore := e.AccessBlock(func(b *document.AccessBlock) bool { return b.IgnorePublicAcls })
	l, acl, gap := e.acl()
	if gap != nil {
		return foreign{gaps: []scanner.Gap{*gap}, refs: ignore.Refs}
	}
	f := foreign{refs: []string{l.Ref()}}
	for i, grant := range acl.Grants {
		f.gaps = append(f.gaps, unrecognisedGrant(l, &grant)...)
		action := w.grants[grant.Permission]
		if action == "" {
			continue
		}
		at := l.At(fmt.Sprintf("/Grants/%d", i))
		group := publicGroup(grant.Grantee.URI)
		access := fact.Access{
			Principal: "anyone", Kind: "anonymous", Action: action, How: "by the ACL",
			At: at, Key: "acl " + grant.Grantee.URI + grant.Grantee.ID,
		}
		switch {
		case group != "" && ignore.On, group == "" && (grant.Grantee.ID == "" || grant.Grantee.ID == acl.Owner.ID):
			continue
		case group != "" && (len(ignore.Gaps) > 0 || len(owned.gaps) > 0), group == "" && len(owned.gaps) > 0:
			f.gaps = slices.Concat(f.gaps, owned.gaps, ignore.Gaps)
			continue
		case group == "":
			access.Principal, access.Kind = "canonical user "+grant.Grantee.ID, "account"
		case grant.Grantee.URI == document.GroupAuthenticatedUsers:
			access.Kind = "any_account"
		}
		f.accesses = append(f.accesses, access)
		f.Add(fact.Note(at, fmt.Sprintf("the ACL grants %s to %s", grant.Permission, access.Principal)))
	}
	return f
}
