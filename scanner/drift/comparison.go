package drift

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// comparison is one export, then and now.
type comparison struct {
	index         *Index
	before, after *scanner.Record
	// moved holds the subjects that are not the ones they were.
	moved map[document.Subject]bool
}

// unit is one document that both records may hold.
type unit struct {
	kind           document.Kind
	resource, name string
}

// sight is what one record knows of a unit: a document, a gap, or nothing.
type sight struct {
	document *scanner.Evidence
	gap      *scanner.Gap
}

func look(record *scanner.Record, u unit) sight {
	// A document of which only a part could be read does not tell what is not
	// in it: the gap decides.
	for i := range record.Gaps {
		if g := &record.Gaps[i]; g.Kind == u.kind && g.Resource == u.resource && g.Name == u.name {
			return sight{gap: g}
		}
	}
	for i := range record.Evidence {
		if e := &record.Evidence[i]; e.Kind == u.kind && e.Resource == u.resource && e.Name == u.name {
			return sight{document: e}
		}
	}
	return sight{}
}

func (c *comparison) run() []scanner.Change {
	c.moved = map[document.Subject]bool{}
	changes := c.configuration()
	units := c.units()
	c.findMoved(units)
	identities := map[string]bool{}
	for _, u := range units {
		if u.kind.OfIdentity() {
			identities[u.resource] = true
			if look(c.before, u).gap == nil && look(c.after, u).gap == nil {
				continue // compared below, with its siblings
			}
		}
		if f, control := controlFamily(u.kind); control {
			if u.kind == f.list {
				changes = append(changes, c.controls(f, u.resource)...)
			}
			if look(c.before, u).gap == nil && look(c.after, u).gap == nil {
				continue
			}
		}
		changes = append(changes, c.unit(u)...)
	}
	for _, u := range units {
		if identities[u.resource] && u.kind.OfIdentity() {
			delete(identities, u.resource) // once for each role or user
			changes = append(changes, c.identity(u.resource)...)
		}
	}
	return changes
}

// units lists what either record knows, sorted.
func (c *comparison) units() []unit {
	var list []unit
	for _, record := range []*scanner.Record{c.before, c.after} {
		for i := range record.Evidence {
			list = append(list, unit{record.Evidence[i].Kind, record.Evidence[i].Resource, record.Evidence[i].Name})
		}
		for i := range record.Gaps {
			list = append(list, unit{record.Gaps[i].Kind, record.Gaps[i].Resource, record.Gaps[i].Name})
		}
	}
	list = slices.DeleteFunc(list, func(u unit) bool {
		lastUse := u.kind == document.KindAccessKeys && u.name != "" // of one key, which could not be read
		unasked := u.kind == document.KindBucketABAC && !asksForTags(c.before) && !asksForTags(c.after)
		return !isCompared(u.kind) || lastUse || unasked
	})
	slices.SortFunc(list, func(a, b unit) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.resource, b.resource), cmp.Compare(a.name, b.name))
	})
	return slices.Compact(list)
}

// findMoved notes subjects that came, went or were exchanged, so that their
// documents have no counterpart.
func (c *comparison) findMoved(units []unit) {
	before, after := &c.before.Configuration.Endpoint, &c.after.Configuration.Endpoint
	if before.Bucket != after.Bucket {
		c.moveBucket()
	}
	if before.RoleARN != after.RoleARN || before.UserARN != after.UserARN {
		c.moved[document.SubjectWriter], c.moved[document.SubjectOrganization] = true, true
	}
	for _, u := range units {
		b, a := look(c.before, u).document, look(c.after, u).document
		if b == nil || a == nil {
			continue
		}
		switch u.kind {
		case document.KindBucket:
			if bucketExists(b) != bucketExists(a) {
				c.moveBucket()
			}
		case document.KindAccessLog, document.KindTrails, document.KindEventDataStores:
			// CloudTrail is asked only where the access log leaves something open, and
			// about those on its lists.
			if b.Digest != a.Digest {
				c.moved[document.SubjectTrail] = true
			}
		case document.KindEncryption:
			if b.Digest != a.Digest {
				c.moved[document.SubjectKey] = true
			}
		case document.KindRole, document.KindUser:
			if b.Absent != a.Absent {
				c.moved[document.SubjectWriter] = true
			}
		default:
		}
	}
}

// moveBucket notes that the bucket is another one, with whatever belongs to it.
func (c *comparison) moveBucket() {
	for _, subject := range []document.Subject{
		document.SubjectBucket, document.SubjectAccount, document.SubjectKey, document.SubjectTrail,
		document.SubjectOrganization, // the levels above its account
	} {
		c.moved[subject] = true
	}
}

// unit compares one document, or says why it cannot be compared.
func (c *comparison) unit(u unit) []scanner.Change {
	b, a := look(c.before, u), look(c.after, u)
	switch {
	case b.document != nil && a.document != nil:
		if u.kind == document.KindKeyGrants {
			return c.grants(u, b.document, a.document)
		}
		if settings[u.kind] == nil {
			return c.policy(u, b.document, a.document)
		}
		changes := c.settings(u, b.document, a.document)
		if u.kind == document.KindRole || u.kind == document.KindUser {
			changes = append(changes, c.writerTags(u, b.document, a.document)...)
		}
		return changes
	case b.document != nil && a.gap != nil:
		return c.incomparable(u, "could be read for the baseline and cannot be read now: "+a.gap.Cause())
	case b.gap != nil && a.document != nil:
		return c.incomparable(u, "could not be read for the baseline, so that nothing can be said about changes: "+b.gap.Cause())
	case b.gap != nil && a.gap != nil:
		return c.incomparable(u, "could be read neither for the baseline nor now: "+a.gap.Cause())
	case c.moved[u.kind.Subject()]:
		return nil // the change of the subject itself is told
	case a.document == nil && a.gap == nil:
		return c.incomparable(u, "was looked at for the baseline and was not now")
	default:
		return c.incomparable(u, "was not looked at for the baseline")
	}
}

func (c *comparison) incomparable(u unit, what string) []scanner.Change {
	return []scanner.Change{{
		Kind: u.kind, Resource: u.resource, Name: u.name, Effect: scanner.EffectIncomparable,
		Message: fmt.Sprintf("the %s %s", title(u), what),
	}}
}

// title names a document as a person does.
func title(u unit) string {
	name := u.kind.Noun()
	if _, control := controlFamily(u.kind); u.name != "" && (control || u.kind == document.KindIdentityPolicy) {
		name += " " + u.name
	}
	if u.resource == "" {
		return name
	}
	return name + " of " + u.resource
}
