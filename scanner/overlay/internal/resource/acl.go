package resource

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
)

// canned are the access control lists that S3 has a name for: what they grant besides
// everything to the owner. aws-exec-read is none of them, as its grantee is an account
// of AWS that nobody names.
func canned(name string) (grants []document.ACLGrant, ok bool) {
	group := func(uri, permission string) document.ACLGrant {
		return document.ACLGrant{Grantee: document.ACLGrantee{Type: "Group", URI: uri}, Permission: permission}
	}
	switch name {
	case "private", "bucket-owner-read", "bucket-owner-full-control": // of a bucket, the last two say nothing
		return nil, true
	case "public-read":
		return []document.ACLGrant{group(document.GroupAllUsers, "READ")}, true
	case "public-read-write":
		return []document.ACLGrant{group(document.GroupAllUsers, "READ"), group(document.GroupAllUsers, "WRITE")}, true
	case "authenticated-read":
		return []document.ACLGrant{group(document.GroupAuthenticatedUsers, "READ")}, true
	case "log-delivery-write":
		return []document.ACLGrant{group(document.GroupLogDelivery, "WRITE"), group(document.GroupLogDelivery, "READ_ACP")}, true
	default:
		return nil, false
	}
}

// acl is a bucket's access control list, by name or whole. Where the resource is gone
// the list stays: the provider only forgets it.
func (r *Reader) acl(v Values) []doc {
	d := doc{kind: document.KindACL, of: r.bucket(v, "bucket"), absence: absence{edit: func(text string) (edited, why string) { return text, "" }}}
	name := v.text("acl")
	if name.state == absent {
		d.text, d.why = v.all("access_control_policy")
		if list := wholeACL(v); d.why == "" && list != nil {
			d.text = document.Encode(list)
		} else if d.why == "" {
			d.why = "its grants are of a form that is not known here"
		}
		return []doc{d}
	}
	d.text, d.why = "acl="+name.text, name.why("acl")
	if grants, ok := canned(name.text); ok {
		d.edit = granting(func(owner string) []document.ACLGrant {
			return append([]document.ACLGrant{{Grantee: document.ACLGrantee{ID: owner, Type: "CanonicalUser"}, Permission: "FULL_CONTROL"}}, grants...)
		})
	} else if d.why == "" {
		d.why = "whom the list " + name.text + " lets in is not known here"
	}
	return []doc{d}
}

// granting edits a list's grants. Whose the bucket is only the list tells.
func granting(grants func(owner string) []document.ACLGrant) func(string) (edited, why string) {
	const ownerless = "the list that is there does not tell whose the bucket is"
	return editing(ownerless, func(list *document.ACL) (why string) {
		if list.Owner.ID == "" {
			return ownerless
		}
		list.Grants = grants(list.Owner.ID)
		return ""
	})
}

// aclGrantee is one as the provider has it.
type aclGrantee struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	URI   string `json:"uri"`
	Email string `json:"email_address"`
	Name  string `json:"display_name"`
}

// to is nothing for who is named by an e-mail address: S3 alone knows whose it is.
func (g aclGrantee) to(permission string) (document.ACLGrant, bool) {
	return document.ACLGrant{Grantee: document.ACLGrantee{ID: g.ID, Type: g.Type, URI: g.URI}, Permission: permission}, g.Email == "" && (g.ID != "") != (g.URI != "")
}

// wholeACL is nothing where it is not certain whom the list lets in.
func wholeACL(v Values) *document.ACL {
	var blocks []struct {
		Grant []struct {
			Grantee    []aclGrantee `json:"grantee"`
			Permission string       `json:"permission"`
		} `json:"grant"`
		Owner []struct {
			ID   string `json:"id"`
			Name string `json:"display_name"`
		} `json:"owner"`
	}
	if !v.of("access_control_policy").exactly(&blocks) || len(blocks) != 1 || len(blocks[0].Owner) != 1 {
		return nil
	}
	list := document.ACL{Owner: document.ACLOwner{ID: blocks[0].Owner[0].ID}, Grants: []document.ACLGrant{}}
	for _, g := range blocks[0].Grant {
		if len(g.Grantee) != 1 {
			return nil
		}
		grant, ok := g.Grantee[0].to(g.Permission)
		if !ok {
			return nil
		}
		list.Grants = append(list.Grants, grant)
	}
	return &list
}

// bucketACL is the list that an old configuration writes into the bucket itself: its
// grants, or a name.
func (r *Reader) bucketACL(v Values) []doc {
	if v.of("grant").state == absent || emptyList(v.of("grant")) {
		if v.text("acl").state == absent {
			return nil
		}
		return r.acl(v)
	}
	d := doc{kind: document.KindACL, of: r.bucket(v, "bucket")}
	if d.text, d.why = v.all("grant"); d.why != "" {
		return []doc{d}
	}
	var blocks []struct {
		ID          string   `json:"id"`
		Type        string   `json:"type"`
		URI         string   `json:"uri"`
		Permissions []string `json:"permissions"`
	}
	ok := v.of("grant").exactly(&blocks)
	var grants []document.ACLGrant
	for _, b := range blocks {
		for _, permission := range slices.Sorted(slices.Values(b.Permissions)) {
			grant, certain := aclGrantee{ID: b.ID, Type: b.Type, URI: b.URI}.to(permission)
			ok, grants = ok && certain, append(grants, grant)
		}
	}
	if !ok {
		d.why = "its grants are of a form that is not known here"
		return []doc{d}
	}
	d.edit = granting(func(string) []document.ACLGrant { return grants })
	return []doc{d}
}

func emptyList(a attribute) bool {
	list, ok := a.value.([]any)
	return ok && len(list) == 0
}
