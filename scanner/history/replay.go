package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// head is what stands before the records of a snapshot.
type head struct {
	Header  scanner.Header   `json:"header"`
	Tenants []scanner.Tenant `json:"tenants"`
}

// headOptions write durations as Go spells them, since JSON has no form for
// them.
func headOptions() json.Options {
	return json.JoinOptions(
		body.Options(),
		json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, d time.Duration) error {
			return enc.WriteToken(jsontext.String(d.String()))
		})),
		json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, d *time.Duration) error {
			var s string
			err := json.UnmarshalDecode(dec, &s)
			if err == nil {
				*d, err = time.ParseDuration(s)
			}
			return err
		})),
	)
}

// packHead compresses a run's head against that of its key run.
func packHead(ctx context.Context, h handle, info *RunInfo, base int64) ([]byte, error) {
	encoded, err := json.Marshal(head{info.Header, info.Tenants}, headOptions())
	if err != nil {
		return nil, fmt.Errorf("pack header and tenants: %w", err)
	}
	before, err := headText(ctx, h, base)
	if err != nil {
		return nil, err
	}
	return delta.Compress(encoded, before)
}

// headText is a run's head as JSON; empty where there is no such run.
func headText(ctx context.Context, h handle, run int64) ([]byte, error) {
	var packed, before []byte
	var base int64
	const query = "SELECT head, base FROM run WHERE id = ?"
	found, err := h.one(ctx, query, []any{run}, &packed, &base)
	if err != nil || !found {
		return nil, err
	}
	if base != 0 { // a key run, which itself has none
		var key []byte
		if _, err := h.one(ctx, query, []any{base}, &key, new(int64)); err != nil {
			return nil, err
		}
		if before, err = delta.Decompress(key, nil); err != nil {
			return nil, err
		}
	}
	return delta.Decompress(packed, before)
}

func readHead(ctx context.Context, h handle, run int64) (*head, error) {
	encoded, err := headText(ctx, h, run)
	if err != nil {
		return nil, fmt.Errorf("read header and tenants: %w", err)
	}
	out := &head{}
	if err := json.Unmarshal(encoded, out, headOptions()); err != nil {
		return nil, fmt.Errorf("read header and tenants: %w", err)
	}
	return out, nil
}

// Records is the snapshot of a run, as it comes back from the history.
type Records struct {
	head
	next func() (*scanner.Record, error)
}

var _ scanner.Records = (*Records)(nil)

// Header implements scanner.Records.
func (r *Records) Header() scanner.Header { return r.head.Header }

// Tenants implements scanner.Records.
func (r *Records) Tenants() []scanner.Tenant { return r.head.Tenants }

// Next implements scanner.Records.
func (r *Records) Next() (*scanner.Record, error) { return r.next() }

// Records returns the snapshot of a run as a stream, to be judged again. The
// context is that of all of its reading. It is ErrNoRun for a run that did not
// end, was pruned, or judged only a selection.
func (s *Store) Records(ctx context.Context, run int64) (*Records, error) {
	r, err := s.records(ctx, run)
	return r, s.fail(fmt.Sprintf("read run %d", run), err)
}

func (s *Store) records(ctx context.Context, run int64) (*Records, error) {
	h := s.pool()
	var base, selected, interrupted, pruned int64
	found, err := h.one(ctx, "SELECT base, selected, interrupted, pruned FROM run WHERE id = ? AND finished = 1", []any{run},
		&base, &selected, &interrupted, &pruned)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, ErrNoRun
	case pruned != 0:
		return nil, fmt.Errorf("its content was pruned: %w", ErrNoRun)
	case selected != 0:
		return nil, fmt.Errorf("it judged only a selection, and holds no whole snapshot: %w", ErrNoRun)
	}
	first, err := readHead(ctx, h, run)
	if err != nil {
		return nil, err
	}
	first.Header.Interrupted = interrupted != 0
	shards := shardReader{h: h, run: run, base: base, which: withBody}
	numbers, err := shards.numbers(ctx)
	if err != nil {
		return nil, err
	}
	texts := &documents{h: h}
	var ready []*scanner.Record
	next := func() (*scanner.Record, error) {
		for len(ready) == 0 {
			if len(numbers) == 0 {
				return nil, io.EOF
			}
			if ready, err = shards.records(ctx, numbers[0], texts); err != nil {
				return nil, s.fail(fmt.Sprintf("read run %d", run), err)
			}
			numbers = numbers[1:]
		}
		record := ready[0]
		ready = ready[1:]
		return record, nil
	}
	return &Records{*first, next}, nil
}

// records returns the records of a shard with their documents.
func (r shardReader) records(ctx context.Context, number int64, texts *documents) ([]*scanner.Record, error) {
	shard, base, err := r.read(ctx, number)
	if err != nil {
		return nil, err
	}
	records, err := body.ParseBase(base.body).Decode(shard.body)
	if err != nil {
		return nil, fmt.Errorf("shard %d: %w", number, err)
	}
	wanted := map[string]string{}
	for _, record := range records {
		for i := range record.Evidence {
			if e := &record.Evidence[i]; missesText(e) {
				wanted[e.Digest] = ""
			}
		}
	}
	if err := texts.read(ctx, wanted); err != nil {
		return nil, err
	}
	for _, record := range records {
		for i := range record.Evidence {
			if e := &record.Evidence[i]; missesText(e) {
				e.Text = wanted[e.Digest]
			}
		}
	}
	return records, nil
}

// missesText says whether a document is kept by its digest.
func missesText(e *scanner.Evidence) bool {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of the empty text
	return e.Text == "" && e.Digest != empty
}

// Export writes the snapshot of a run as it was, uncompressed. Its digest is
// that of the run, or the history was altered and an error says so.
func (s *Store) Export(ctx context.Context, run int64, w io.Writer) error {
	records, err := s.Records(ctx, run)
	if err != nil {
		return err
	}
	digest, err := export(records, w)
	if err != nil {
		return fmt.Errorf("write the snapshot of run %d: %w", run, err)
	}
	var wanted string
	if _, err := s.pool().one(ctx, "SELECT snapshot_digest FROM run WHERE id = ?", []any{run}, &wanted); err != nil {
		return s.fail(fmt.Sprintf("read run %d", run), err)
	}
	if digest != wanted {
		return &Error{
			Name: s.name, Problem: fmt.Sprintf("the snapshot of run %d has the digest %.12s, and was recorded as %.12s", run, digest, wanted),
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
