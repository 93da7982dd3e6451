package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// book holds what the ledger says. A run counts from its entry on.
type book struct {
	entries   []ledger.Entry
	runs      []*runEntry // by their numbers
	approvals []scanner.Approval
	pruned    pruneEntry // the last
}

// runEntry is the ledger's entry of a run.
type runEntry struct {
	RunSummary

	Whole     []string `json:"whole"` // the tenants whose later runs are compared with this one
	Base      int64    `json:"base"`  // the key run
	Size      int64    `json:"size"`  // of the parts without the documents, in bytes
	Parts     string   `json:"parts"` // covers them
	Documents string   `json:"documents"`
}

// pruneEntry is the ledger's entry of a pruning.
type pruneEntry struct {
	Before time.Time `json:"before"`
	Kept   int64     `json:"kept"` // the first run whose content is kept
	// Documents covers the documents of earlier runs that are still needed.
	// They are kept as documents of run -Kept.
	Documents string `json:"documents"`
}

func readBook(ctx context.Context, h handle) (*book, error) {
	entries, err := readLedger(ctx, h)
	if err != nil {
		return nil, err
	}
	b := newBook(entries, func(problem string) { err = cmp.Or(err, errors.New(problem)) })
	return b, err
}

func readLedger(ctx context.Context, h handle) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	err := h.each(ctx, "SELECT id, kind, subject, body, previous, hash FROM ledger ORDER BY id", nil, func(rows *sql.Rows) error {
		var e ledger.Entry
		err := rows.Scan(&e.ID, (*string)(&e.Kind), &e.Subject, &e.Body, &e.Previous, &e.Hash)
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// newBook decodes the entries, and reports those that it cannot decode.
func newBook(entries []ledger.Entry, report func(problem string)) *book {
	b := &book{entries: entries, approvals: []scanner.Approval{}}
	for i := range entries {
		e := &entries[i]
		var into any
		switch e.Kind {
		case ledger.Run:
			run := &runEntry{}
			b.runs = append(b.runs, run)
			into = run
		case ledger.Approval:
			b.approvals = append(b.approvals, scanner.Approval{})
			into = &b.approvals[len(b.approvals)-1]
		case ledger.Prune:
			into = &b.pruned
		default:
			report(fmt.Sprintf("entry %d is of no known kind", e.ID))
			continue
		}
		if err := json.Unmarshal([]byte(e.Body), into); err != nil {
			report(fmt.Sprintf("entry %d cannot be read: %v", e.ID, err))
		}
	}
	slices.SortFunc(b.runs, func(x, y *runEntry) int { return cmp.Compare(x.ID, y.ID) })
	for _, run := range b.runs {
		run.Pruned = run.ID < b.pruned.Kept
	}
	return b
}

// run returns a run that ended and whose content is kept.
func (b *book) run(id int64) (*runEntry, error) {
	run := b.find(id)
	switch {
	case run == nil:
		return nil, fmt.Errorf("run %d: %w", id, ErrNoRun)
	case run.Pruned:
		return nil, fmt.Errorf("run %d: its content was pruned: %w", id, ErrNoRun)
	}
	return run, nil
}

// find returns a run that ended, or nil.
func (b *book) find(id int64) *runEntry {
	i, ok := slices.BinarySearchFunc(b.runs, id, func(r *runEntry, id int64) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return nil
	}
	return b.runs[i]
}

// last returns a tenant's last run, or its last complete one; nil where there is
// none.
func (b *book) last(tenant string, whole bool) *runEntry {
	for _, run := range slices.Backward(b.runs) {
		if (whole && slices.Contains(run.Whole, tenant)) || (!whole && slices.Contains(run.Tenants, tenant)) {
			return run
		}
	}
	return nil
}

// lastRuns returns the last run of each tenant.
func (b *book) lastRuns() map[string]*runEntry {
	last := map[string]*runEntry{}
	for _, run := range b.runs {
		for _, tenant := range run.Tenants {
			last[tenant] = run
		}
	}
	return last
}

func (r *runEntry) content(h handle) content { return content{h: h, run: r.ID, base: r.Base} }

// keyRun chooses the run that a new one is compressed against; 0: the new run
// is a key run itself. The more the world differs from the key run, the more
// space each later run takes. A new key run is due when that extra space adds
// up to the size of one.
func (b *book) keyRun(tenant string) int64 {
	last := b.last(tenant, true)
	if last == nil || last.Pruned {
		return 0
	}
	if last.Base == 0 {
		return last.ID
	}
	key, least, count, sum := b.find(last.Base), last.Size, int64(0), int64(0)
	for _, run := range b.runs {
		if run.Base == last.Base && !run.Selected {
			least, count, sum = min(least, run.Size), count+1, sum+run.Size
		}
	}
	if key == nil || key.Pruned || sum-count*least >= key.Size {
		return 0
	}
	return key.ID
}

// lockLedger makes the transactions that add to the ledger take turns.
func (s *Store) lockLedger(ctx context.Context, h handle) error {
	if !s.postgres {
		return nil // a transaction that writes is alone
	}
	return h.exec(ctx, "SELECT pg_advisory_xact_lock(7163924501)")
}

// add appends an entry to the ledger and returns its hash, the new head.
func (b *book) add(ctx context.Context, h handle, kind ledger.Kind, subject int64, entry any) (string, error) {
	encoded, err := json.Marshal(entry, body.Options())
	if err != nil {
		return "", fmt.Errorf("pack a ledger entry: %w", err)
	}
	var last ledger.Entry
	if len(b.entries) > 0 {
		last = b.entries[len(b.entries)-1]
	}
	e := ledger.Next(last, kind, subject, string(encoded))
	return e.Hash, h.exec(ctx, "INSERT INTO ledger (id, kind, subject, body, previous, hash) VALUES "+list(6),
		e.ID, string(e.Kind), e.Subject, e.Body, e.Previous, e.Hash)
}

// Approve adds an approval to the ledger, and returns the new head.
func (s *Store) Approve(ctx context.Context, approval scanner.Approval) (head string, err error) {
	if approval.Digest == "" || approval.By == "" || approval.Reason == "" || approval.At.IsZero() {
		return "", errors.New("an approval needs digest, time, name and reason")
	}
	approval.At = approval.At.UTC()
	err = s.within(ctx, "keep an approval", func(h handle) error {
		if err := s.lockLedger(ctx, h); err != nil {
			return err
		}
		b, err := readBook(ctx, h)
		if err == nil {
			head, err = b.add(ctx, h, ledger.Approval, 0, approval)
		}
		return err
	})
	return head, err
}

// Approvals returns all approvals, oldest first.
func (s *Store) Approvals(ctx context.Context) ([]scanner.Approval, error) {
	b, err := readBook(ctx, s.pool())
	if err != nil {
		return nil, s.fail("read approvals", err)
	}
	return b.approvals, nil
}
