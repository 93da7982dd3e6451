package overlay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// draft is a record while changes are made to it.
type draft struct {
	record scanner.Record
	at     time.Time // of documents that were not there
}

// make brings a change about at one place.
func (d *draft) make(c *Change, p place) error {
	if c.Effect == Unknown && c.Kind == "" {
		d.forgetAll(c, p.resource)
		return nil
	}
	if c.Kind == document.KindBoundary && c.Resource != "" {
		return d.bound(c, p.resource)
	}
	return d.document(c, p)
}

// document changes one document.
func (d *draft) document(c *Change, p place) error {
	if old, there := d.record.Find(p.kind, p.resource, p.name); c.IfMissing && there && !old.Absent {
		return nil
	}
	switch c.Effect {
	case Edit:
		old, there := d.record.Find(p.kind, p.resource, p.name)
		if !there || old.Absent {
			return nil // a gap stays one
		}
		text, why := c.Edit(old.Text)
		if why != "" {
			unknown := *c
			unknown.Why = why
			d.forget(&unknown, p)
			return nil
		}
		old.Text, old.Digest = text, scanner.Digest(text)
		return nil
	case Remove:
		d.remove(p)
	case Unknown:
		d.forget(c, p)
	case Put:
		return d.put(c, p)
	}
	if p.kind == document.KindBucketPolicy {
		d.forgetStatus(p.resource)
	}
	return nil
}

// put puts a change's text in the place of a document or a gap. A text that is
// there already changes nothing.
func (d *draft) put(c *Change, p place) error {
	old, there := d.record.Find(p.kind, p.resource, p.name)
	if there && !old.Absent && same(old.Text, c.Text) {
		return nil
	}
	if c.Part {
		if err := c.check(); err != nil {
			return err
		}
	}
	switch p.kind.Subject() {
	case document.SubjectWriter, document.SubjectKey:
		if there && old.Absent || p.kind == document.KindIdentityPolicy && d.absent(document.KindIdentityPolicies, p.resource) {
			if c.Part {
				return nil // its creation is part of the plan, too
			}
			return fmt.Errorf("%s: there was no %s when the snapshot was collected, and a plan cannot make one: create it and collect again", c.Origin, p.resource)
		}
	default:
	}
	if p.kind == document.KindIdentityPolicy {
		d.list(p, true)
	}
	if there {
		old.Text, old.Digest, old.Absent = c.Text, scanner.Digest(c.Text), false
	} else {
		d.add(scanner.NewEvidence(p.kind, d.closeGap(p), p.resource, p.name, c.Text, d.at))
	}
	if p.kind == document.KindBucketPolicy {
		d.forgetStatus(p.resource)
	}
	return nil
}

// remove leaves the certainty that there is no document.
func (d *draft) remove(p place) {
	old, there := d.record.Find(p.kind, p.resource, p.name)
	if p.kind == document.KindIdentityPolicy {
		d.list(p, false)
		d.closeGap(p)
		d.record.Evidence = slices.DeleteFunc(d.record.Evidence, func(e scanner.Evidence) bool { return p.is(e.Kind, e.Resource, e.Name) })
		return
	}
	if there {
		*old = scanner.NewAbsence(p.kind, old.Call, p.resource, p.name, old.CollectedAt)
		return
	}
	d.add(scanner.NewAbsence(p.kind, d.closeGap(p), p.resource, p.name, d.at))
}

func (p place) is(kind document.Kind, resource, name string) bool {
	return p == place{kind, resource, name}
}

func (d *draft) absent(kind document.Kind, resource string) bool {
	e, there := d.record.Find(kind, resource, "")
	return there && e.Absent
}

func (d *draft) add(e scanner.Evidence) {
	d.record.Evidence = append(d.record.Evidence, e)
	slices.SortStableFunc(d.record.Evidence, scanner.CompareEvidence)
}

// closeGap takes the gap away in whose place a document comes, and returns the call
// that would have read it.
func (d *draft) closeGap(p place) (call string) {
	call = "iam:GetRolePolicy"
	if strings.Contains(p.resource, ":user/") {
		call = "iam:GetUserPolicy"
	}
	if gap, ok := d.record.FindGap(p.kind, p.resource, p.name); ok {
		call = gap.Call
	}
	d.record.Gaps = slices.DeleteFunc(d.record.Gaps, func(g scanner.Gap) bool { return p.is(g.Kind, g.Resource, g.Name) })
	return call
}

// list adds a policy to the list of those that a role or user has, or takes it
// off. Where the list is a gap, it stays one: nobody knows what else is on it.
func (d *draft) list(p place, has bool) {
	d.editList(p.resource, func(l *document.IdentityPolicies) {
		l.Policies = slices.DeleteFunc(l.Policies, func(name string) bool { return name == p.name })
		if has {
			l.Policies = append(l.Policies, p.name)
			slices.Sort(l.Policies)
		}
	})
}
