package pipeline

import (
	"errors"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// Overlay returns a snapshot as it would be after changes. It reads the one
// underneath to its end, which proves that it is whole, and closes it. Applied says
// what was changed, a line each.
func Overlay(under *Snapshot, changes []overlay.Change) (planned *Snapshot, applied []string, err error) {
	defer func() { err = errors.Join(err, under.Close()) }()
	header := under.Header()
	over, err := overlay.New(changes, header.CollectedAt)
	if err != nil {
		return nil, nil, err
	}
	memory := &Memory{}
	out, err := memory.Create(header, under.Tenants())
	if err != nil {
		return nil, nil, err
	}
	defer out.Discard()
	if err := Each(under, func(r *scanner.Record) error {
		changed, err := over.Apply(r)
		if err != nil {
			return err
		}
		return out.Record(*changed)
	}); err != nil {
		return nil, nil, err
	}
	if err := over.Finish(); err != nil {
		return nil, nil, err
	}
	if _, err := out.Close(under.Interrupted()); err != nil {
		return nil, nil, err
	}
	planned, err = memory.Open()
	if err != nil {
		return nil, nil, err
	}
	planned.Replayed = true
	return planned, over.Applied(), nil
}
