package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Records is the snapshot of a run, as it comes back from the history.
type Records struct {
	header  scanner.Header
	tenants []scanner.Tenant
	next    func() (*scanner.Record, error)
}

var _ scanner.Records = (*Records)(nil)

// Header implements scanner.Records.
func (r *Records) Header() scanner.Header { return r.header }

// Tenants implements scanner.Records.
func (r *Records) Tenants() []scanner.Tenant { return r.tenants }

// Next implements scanner.Records.
func (r *Records) Next() (*scanner.Record, error) { return r.next() }

// Records returns the snapshot of a run as a stream, to be judged again. The
// context is that of all of its reading. It is ErrNoRun for a run that did not
// end, was pruned, or judged only a selection.
func (s *Store) Records(ctx context.Context, run int64) (*Records, error) {
	r := &Records{}
	h := s.pool()
	collected, err := s.header(ctx, h, run, r)
	if err != nil {
		return nil, s.fail(fmt.Sprintf("read run %d", run), err)
	}
	var shards []int64
	err = h.each(ctx, "SELECT number FROM shard WHERE run = ? AND kind = ? ORDER BY number", []any{run, shardExports}, func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		shards = append(shards, number)
		return err
	})
	if err != nil {
		return nil, s.fail(fmt.Sprintf("read run %d", run), err)
	}
	var ready []*scanner.Record
	r.next = func() (*scanner.Record, error) {
		for len(ready) == 0 {
			if len(shards) == 0 {
				return nil, io.EOF
			}
			if ready, err = s.replayShard(ctx, h, run, shards[0], collected); err != nil {
				return nil, s.fail(fmt.Sprintf("read run %d", run), err)
			}
			shards = shards[1:]
		}
		record := ready[0]
		ready = ready[1:]
		return record, nil
	}
	return r, nil
}

func (s *Store) header(ctx context.Context, h handle, run int64, r *Records) (time.Time, error) {
	var collected string
	var settings, selected, interrupted, pruned int64
	found, err := h.one(ctx, "SELECT collected_at, tool_version, settings, selected, interrupted, pruned FROM run WHERE id = ? AND finished = 1", []any{run},
		&collected, &r.header.ToolVersion, &settings, &selected, &interrupted, &pruned)
	switch {
	case err != nil:
		return time.Time{}, err
	case !found:
		return time.Time{}, ErrNoRun
	case pruned != 0:
		return time.Time{}, fmt.Errorf("its content was pruned: %w", ErrNoRun)
	case selected != 0:
		return time.Time{}, fmt.Errorf("it judged only a selection, and holds no whole snapshot: %w", ErrNoRun)
	}
	r.header.Interrupted = interrupted != 0
	if r.header.CollectedAt, err = parseTime(collected); err != nil {
		return time.Time{}, err
	}
	documents, err := s.documents(ctx, h, []int64{settings})
	if err != nil {
		return time.Time{}, err
	}
	if err := json.Unmarshal([]byte(documents[settings].text), &r.header.Settings, durations()); err != nil {
		return time.Time{}, fmt.Errorf("read the settings: %w", err)
	}
	r.tenants, err = s.tenantsOf(ctx, h, run)
	return r.header.CollectedAt, err
}

// members returns the members of a run's shard.
func (s *Store) members(ctx context.Context, h handle, run, number int64, collected time.Time) ([]member, error) {
	var payload []byte
	found, err := h.one(ctx, "SELECT payload FROM shard WHERE run = ? AND number = ?", []any{run, number}, &payload)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("shard %d is missing", number)
	}
	b, err := s.codec.decompress(payload)
	if err != nil {
		return nil, fmt.Errorf("shard %d: %w", number, err)
	}
	members, err := unpackMembers(b, collected)
	if err != nil {
		return nil, fmt.Errorf("shard %d: %w", number, err)
	}
	return members, nil
}

func (s *Store) replayShard(ctx context.Context, h handle, run, number int64, collected time.Time) ([]*scanner.Record, error) {
	members, err := s.members(ctx, h, run, number, collected)
	if err != nil {
		return nil, err
	}
	subjects := make([]int64, len(members))
	for i := range members {
		subjects[i] = members[i].subject
	}
	rows, err := rowsAt(ctx, h, tableVersion, subjects, run)
	if err != nil {
		return nil, err
	}
	kept := make([]*keptRecord, len(members))
	var blobs []int64
	seen := map[int64]bool{0: true}
	for i := range members {
		if kept[i], err = s.keptAt(ctx, h, &members[i], rows); err != nil {
			return nil, err
		}
		for _, id := range kept[i].blobs {
			if !seen[id] {
				seen[id] = true
				blobs = append(blobs, id)
			}
		}
	}
	documents, err := s.documents(ctx, h, blobs)
	if err != nil {
		return nil, err
	}
	records := make([]*scanner.Record, len(kept))
	for i, k := range kept {
		if err := k.fill(documents); err != nil {
			return nil, fmt.Errorf("export %s: %w", k.record.Configuration.ID, err)
		}
		records[i] = &k.record
	}
	return records, nil
}

func (s *Store) keptAt(ctx context.Context, h handle, m *member, rows map[int64]rowAt) (*keptRecord, error) {
	row, ok := rows[m.subject]
	if !ok {
		return nil, fmt.Errorf("the version of subject %d is missing", m.subject)
	}
	payload, err := s.unpack(ctx, h, row.place)
	if err != nil {
		return nil, err
	}
	k, err := unpackRecord(payload)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w", row.id, err)
	}
	if err := m.restore(k); err != nil {
		return nil, fmt.Errorf("version %d: %w", row.id, err)
	}
	return k, nil
}

// rowAt is a version or a result as it held in a run.
type rowAt struct {
	id, from, statuses int64
	digest             key
	place              place
}

// rowsAt returns, by subject, the rows that held in a run.
func rowsAt(ctx context.Context, h handle, table int, subjects []int64, run int64) (map[int64]rowAt, error) {
	statuses := "0"
	if table == tableResult {
		statuses = "statuses"
	}
	found := make(map[int64]rowAt, len(subjects))
	columns := "SELECT subject, id, from_run, digest, pack, pos, len, " + statuses + " FROM " + tableName(table) + " WHERE from_run <= ? AND "
	for _, condition := range []struct {
		where string
		args  []any
	}{{"to_run IS NULL AND subject IN ", []any{run}}, {"to_run > ? AND subject IN ", []any{run, run}}} {
		err := chunks(subjects, func(in string, args []any) error {
			return h.each(ctx, columns+condition.where+in, append(condition.args[:len(condition.args):len(condition.args)], args...), func(rows *sql.Rows) error {
				var subject int64
				var r rowAt
				var digest sql.RawBytes
				if err := rows.Scan(&subject, &r.id, &r.from, &digest, &r.place.pack, &r.place.pos, &r.place.len, &r.statuses); err != nil {
					return err
				}
				k, err := keyOf(digest)
				r.digest = k
				found[subject] = r
				return err
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Export writes the snapshot of a run as it was, uncompressed. Its digest is
// that of the run, or the history was altered and an error says so.
func (s *Store) Export(ctx context.Context, run int64, w io.Writer) error {
	records, err := s.Records(ctx, run)
	if err != nil {
		return err
	}
	out, err := snapshot.NewWriter(w, records.header, records.tenants)
	if err != nil {
		return fmt.Errorf("write the snapshot of run %d: %w", run, err)
	}
	for {
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := out.Record(*record); err != nil {
			return fmt.Errorf("write the snapshot of run %d: %w", run, err)
		}
	}
	digest, err := out.Close(records.header.Interrupted)
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
