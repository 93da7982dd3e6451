package overlay

import (
	"encoding/json"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// bound gives a role or user another permissions boundary, or none. The change's
// name is the boundary's ARN.
func (d *draft) bound(c *Change, resource string) error {
	arn := c.Name
	if c.Effect == Remove {
		arn = ""
	}
	d.editList(resource, func(l *document.IdentityPolicies) { l.Boundary = arn })
	for _, kind := range []document.Kind{document.KindRole, document.KindUser} {
		edit(d, kind, resource, (*document.Principal).Valid, func(p *document.Principal) {
			for _, detail := range []*document.PrincipalDetail{p.Role, p.User} {
				if detail == nil {
					continue
				}
				detail.PermissionsBoundary = nil
				if arn != "" {
					detail.PermissionsBoundary = &document.Boundary{Type: "PermissionsBoundaryPolicy", ARN: arn}
				}
			}
		})
	}
	old := func(kind document.Kind, about, name string) bool {
		return kind == document.KindBoundary && about == resource && name != arn
	}
	d.record.Evidence = slices.DeleteFunc(d.record.Evidence, func(e scanner.Evidence) bool { return old(e.Kind, e.Resource, e.Name) })
	d.record.Gaps = slices.DeleteFunc(d.record.Gaps, func(g scanner.Gap) bool { return old(g.Kind, g.Resource, g.Name) })
	if arn == "" {
		return nil
	}
	return d.document(c, place{document.KindBoundary, resource, arn})
}

// editList changes the list of a role's or user's policies, where it is known.
func (d *draft) editList(resource string, change func(*document.IdentityPolicies)) {
	edit(d, document.KindIdentityPolicies, resource, (*document.IdentityPolicies).Valid, change)
}

// edit changes a document that is there and makes sense. Any other stays as it is.
func edit[T any](d *draft, kind document.Kind, resource string, valid func(*T) bool, change func(*T)) {
	e, there := d.record.Find(kind, resource, "")
	value := new(T)
	if !there || e.Absent || json.Unmarshal([]byte(e.Text), value) != nil || !valid(value) {
		return
	}
	change(value)
	e.Text = document.Encode(value)
	e.Digest = scanner.Digest(e.Text)
}
