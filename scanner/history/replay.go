package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Records is the snapshot of a run, read back from the history.
type Records struct {
	scanner.Records // the tenants
	header          scanner.Header
	next            func() (*scanner.Record, error)
	digest          string
}

// Header implements scanner.Records.
func (r *Records) Header() scanner.Header { return r.header }

// Next implements scanner.Records.
func (r *Records) Next() (*scanner.Record, error) { return r.next() }

// Records returns the snapshot of a run as a stream, to be judged again. The
// context holds for all of its reading. The error is ErrNoRun for a run that
// did not end, was pruned, or judged only a selection.
func (s *Store) Records(ctx context.Context, run int64) (*Records, error) {
	r, err := s.records(ctx, run)
	return r, s.fail("read", err)
}

func (s *Store) records(ctx context.Context, id int64) (*Records, error) {
	h := s.pool()
	b, err := readBook(ctx, h)
	if err != nil {
		return nil, err
	}
	run, err := b.run(id)
	if err != nil {
		return nil, err
	}
	if run.Selected {
		return nil, fmt.Errorf("run %d judged only a selection, and holds no whole snapshot: %w", id, ErrNoRun)
	}
	head, err := run.content(h).head(ctx)
	if err != nil {
		return nil, err
	}
	texts, shard := newDocuments(h), int64(0)
	var ready []*scanner.Record
	next := func() (*scanner.Record, error) {
		for len(ready) == 0 {
			if ready, err = run.content(h).records(ctx, shard, texts); err != nil {
				return nil, s.fail(fmt.Sprintf("read run %d", id), err)
			}
			if ready == nil {
				return nil, io.EOF
			}
			shard++
		}
		record := ready[0]
		ready = ready[1:]
		return record, nil
	}
	header := head.Header()
	header.Interrupted = run.Interrupted
	return &Records{head, header, next, run.SnapshotDigest}, nil
}

// records returns the records of a shard with their documents; nil where there
// is no such shard.
func (c content) records(ctx context.Context, number int64, texts *documents) ([]*scanner.Record, error) {
	records, _, err := c.join(ctx, number, texts)
	if err != nil {
		return nil, err
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of the empty text
	var elsewhere []*scanner.Evidence
	var digests []string
	for _, record := range records {
		for i := range record.Evidence {
			if e := &record.Evidence[i]; e.Text == "" && e.Digest != empty {
				elsewhere, digests = append(elsewhere, e), append(digests, e.Digest)
			}
		}
	}
	kept, err := texts.read(ctx, digests)
	for i := range kept {
		elsewhere[i].Text = kept[i]
	}
	return records, err
}

// shards calls a function with the records of every shard, as join returns them.
func (c content) shards(ctx context.Context, texts *documents, do func(records []*scanner.Record, stills []string)) error {
	for number := int64(0); ; number++ {
		records, stills, err := c.join(ctx, number, texts)
		if err != nil || records == nil {
			return err
		}
		do(records, stills)
	}
}

// join returns the records of a shard without the documents that they name, and
// the digests of the records without what moves; nil where there is no such
// shard.
func (c content) join(ctx context.Context, number int64, texts *documents) (records []*scanner.Record, stills []string, err error) {
	index, found, err := c.read(ctx, partIndex, number)
	if err != nil || !found {
		return nil, nil, err
	}
	exports, err := parseIndex(index)
	if err != nil {
		return nil, nil, err
	}
	moving, _, err := c.read(ctx, partMoving, number)
	if err != nil {
		return nil, nil, err
	}
	lines := bytes.Split(moving, []byte("\n"))
	if len(lines) != len(exports)+1 {
		return nil, nil, body.ErrDamaged
	}
	for i := range exports {
		stills = append(stills, exports[i].still)
	}
	kept, err := texts.read(ctx, stills)
	if err != nil {
		return nil, nil, err
	}
	records = make([]*scanner.Record, len(exports))
	for i := range exports {
		if records[i], err = body.Join(lines[i], kept[i]); err != nil {
			return nil, nil, fmt.Errorf("export %s: %w", exports[i].export, err)
		}
	}
	return records, stills, nil
}

// Export writes the snapshot of a run as it was, uncompressed and without the ids of
// requests, which the digest does not cover. Where its digest is not that of the
// run, the history was altered, and an error says so.
func (s *Store) Export(ctx context.Context, run int64, w io.Writer) error {
	records, err := s.Records(ctx, run)
	if err != nil {
		return err
	}
	digest, err := export(records, w)
	if err != nil {
		return fmt.Errorf("write the snapshot of run %d: %w", run, err)
	}
	if digest != records.digest {
		return &Error{
			Name: s.name, Problem: fmt.Sprintf("the snapshot of run %d has the digest %.12s, and was recorded as %.12s", run, digest, records.digest),
			Advice: "trailguard history verify names what was altered",
		}
	}
	return nil
}

func export(records *Records, w io.Writer) (digest string, err error) {
	out, err := snapshot.NewWriter(w, records.Header(), records.Tenants())
	if err != nil {
		return "", err
	}
	for {
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			return out.Close(records.Header().Interrupted)
		}
		if err != nil {
			return "", err
		}
		if err := out.Record(*record); err != nil {
			return "", err
		}
	}
}
