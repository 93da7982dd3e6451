package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

func (e *export) writer() *fact.Of[fact.Writer] {
	w := &e.Writer
	resource := e.Resource
	status, s3 := e.WritesToS3()
	switch {
	case !s3:
		return fact.Unresolved[fact.Writer](status)
	case w.ARN == "" && len(w.Open) > 0:
		return fact.Unresolved[fact.Writer](fact.Unknown(resource, w.Why, w.Open...))
	}
	kind := w.Kind()
	if w.ARN == "" {
		return fact.Known(fact.Writer{Kind: kind}, fact.Rests(resource, []string{e.ConfigRef}, fact.Note(e.ConfigAt("/endpoint"), w.Why)))
	}
	exists, decided, l := e.WriterExists()
	if !decided {
		return fact.Unresolved[fact.Writer](fact.Unknown(resource, proof.Because("whether "+w.ARN+" exists", &l.Gap), l.Gap))
	}
	text := fmt.Sprintf("the export writes as %s, says the %s", w.ARN, w.Source)
	if !exists {
		text += "; IAM answered that it does not exist"
	}
	return fact.Known(
		fact.Writer{ARN: w.ARN, Kind: kind, Known: true, Source: w.Source, Exists: exists},
		fact.Rests(resource, []string{w.Ref, l.Ref()}, fact.Note(w.At, text)),
	)
}
