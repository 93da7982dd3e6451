package opa

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// locator finds places in a subject's documents. Documents are laid out only
// when a finding needs them.
type locator struct {
	subject   *scanner.Subject
	refs      []string // of subject.Documents, once asked for
	displayed map[int]*scanner.Display
}

func newLocator(s *scanner.Subject) *locator { return &locator{subject: s} }

// locate returns the place that a reference, with or without a pointer, means.
func (l *locator) locate(at string) (scanner.Location, bool) {
	if at == "" {
		return scanner.Location{}, false
	}
	if l.refs == nil {
		l.refs = make([]string, len(l.subject.Documents))
		for i := range l.subject.Documents {
			l.refs[i] = l.subject.Documents[i].Ref()
		}
		l.displayed = map[int]*scanner.Display{}
	}
	// References hold arbitrary resources, "#" included: the longest that fits
	// is the document.
	found := -1
	for i, ref := range l.refs {
		fits := at == ref || (strings.HasPrefix(at, ref) && at[len(ref)] == '#')
		if fits && (found < 0 || len(ref) > len(l.refs[found])) {
			found = i
		}
	}
	if found < 0 {
		return scanner.Location{}, false
	}
	pointer := strings.TrimPrefix(at[len(l.refs[found]):], "#")
	return l.place(found, pointer), true
}

func (l *locator) place(i int, pointer string) scanner.Location {
	e := &l.subject.Documents[i]
	if l.displayed[i] == nil {
		l.displayed[i] = scanner.NewDisplay(e.Text)
	}
	line, column := l.displayed[i].Position(pointer)
	return scanner.Location{
		Kind: e.Kind, Resource: e.Resource, Name: e.Name, Digest: e.Digest,
		Path: scanner.EvidencePath(l.subject.Tenant, e), Pointer: pointer, Line: line, Column: column,
	}
}

// configuration is the place of a finding that has no other: Immuta's record
// of the export, or of the tenant.
func (l *locator) configuration() scanner.Location {
	kind := scanner.KindConfiguration
	if l.subject.ExportID == "" {
		kind = scanner.KindTenant
	}
	for i := range l.subject.Documents {
		if e := &l.subject.Documents[i]; e.Kind == kind {
			if location, ok := l.locate(e.Ref()); ok {
				return location
			}
		}
	}
	stand := scanner.Evidence{Kind: kind, Resource: l.subject.Tenant}
	if l.subject.ExportID != "" {
		stand.Resource += "#" + l.subject.ExportID
	}
	return scanner.Location{
		Kind: kind, Resource: stand.Resource, Path: scanner.EvidencePath(l.subject.Tenant, &stand), Line: 1, Column: 1,
	}
}

func sameDocument(a, b scanner.Location) bool {
	return a.Kind == b.Kind && a.Resource == b.Resource && a.Name == b.Name
}
