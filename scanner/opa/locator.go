package opa

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// locator finds places in a subject's documents. Documents are laid out only
// when a finding needs them.
type locator struct {
	subject   *scanner.Subject
	displayed map[*scanner.Evidence]*scanner.Display
	located   map[string]scanner.Location // by reference
}

func newLocator(s *scanner.Subject) *locator {
	return &locator{subject: s, displayed: map[*scanner.Evidence]*scanner.Display{}, located: map[string]scanner.Location{}}
}

// locate returns the place that a reference, with or without a pointer, means.
func (l *locator) locate(at string) (scanner.Location, bool) {
	if known, ok := l.located[at]; ok {
		return known, true
	}
	e, pointer, ok := l.subject.Resolve(at)
	if !ok {
		return scanner.Location{}, false
	}
	l.located[at] = l.place(e, pointer)
	return l.located[at], true
}

func (l *locator) place(e *scanner.Evidence, pointer string) scanner.Location {
	line, column := 1, 1 // of a document as a whole
	if pointer != "" {
		if l.displayed[e] == nil {
			l.displayed[e] = scanner.NewDisplay(e.Text)
		}
		line, column = l.displayed[e].Position(pointer)
	}
	return scanner.Location{
		Kind: e.Kind, Resource: e.Resource, Name: e.Name, Digest: e.Digest,
		Path: scanner.EvidencePath(l.subject.Tenant, e), Pointer: pointer, Line: line, Column: column,
	}
}

// configuration is the place of a finding that has no other: Immuta's record
// of the export, or of the tenant.
func (l *locator) configuration() scanner.Location {
	kind := document.KindConfiguration
	if l.subject.ExportID == "" {
		kind = document.KindTenant
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
