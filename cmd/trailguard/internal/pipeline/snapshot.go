package pipeline

import (
	"errors"
	"io"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Snapshot is a snapshot that is being judged.
type Snapshot struct {
	*snapshot.Reader
	// Replayed says that it was read from a file and not collected just now.
	Replayed bool
}

// OpenSnapshot opens the snapshot in a file.
func OpenSnapshot(path string) (*Snapshot, error) {
	r, err := snapshot.Open(path)
	if err != nil {
		return nil, err
	}
	return &Snapshot{Reader: r, Replayed: true}, nil
}

// ReadSnapshot opens a snapshot that comes as a stream.
func ReadSnapshot(in io.Reader, name string) (*Snapshot, error) {
	r, err := snapshot.NewReader(in, name)
	if err != nil {
		return nil, err
	}
	return &Snapshot{Reader: r, Replayed: true}, nil
}

// Each calls a function for every record of a stream.
func Each(records scanner.Records, do func(*scanner.Record) error) error {
	for {
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(record); err != nil {
			return err
		}
	}
}
