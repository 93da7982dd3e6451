package history

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// Problem is something that is not as it was recorded.
type Problem struct {
	Table string
	Run   int64 // the run that the row belongs to; 0: none in particular
	// Text names the row and says what is wrong with it.
	Text string
}

// Verification is the outcome of Verify.
type Verification struct {
	Problems []Problem
	Runs     int // whose content was compared
	Entries  int // of the ledger
	// Head is the hash of the ledger's last entry. Kept elsewhere, it later
	// also proves that the ledger's end was not cut off.
	Head string
}

// verifier collects what Verify finds.
type verifier struct {
	h         handle
	book      *book
	recording map[int64]bool // runs that the ledger does not cover yet
	parts     map[int64][]covered
	documents map[place]string // the digests of the rows that lead there

	mu  sync.Mutex // guards documents and out
	out *Verification
}

func (v *verifier) problem(table string, run int64, format string, args ...any) {
	v.out.Problems = append(v.out.Problems, Problem{table, max(run, 0), fmt.Sprintf(format, args...)})
}

// Verify recomputes every digest and the ledger's chain, and names every row
// that was altered, added or removed since it was recorded. A head that Finish
// or an earlier Verify returned must still be part of the ledger; otherwise the
// end was cut off, or the history was replaced by an older copy. An error means
// that the history could not be read, which damage may also cause.
func (s *Store) Verify(ctx context.Context, heads ...string) (*Verification, error) {
	v := &verifier{
		h: s.pool(), out: &Verification{Problems: []Problem{}}, recording: map[int64]bool{}, parts: map[int64][]covered{}, documents: map[place]string{},
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return v.ledger(ctx, heads) }, v.file, v.readRecording, v.readDocuments, v.readParts,
	} {
		if err := step(ctx); err != nil {
			return nil, s.fail("verify", err)
		}
	}
	v.compare()
	slices.SortStableFunc(v.out.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Text, b.Text))
	})
	v.out.Problems = slices.Compact(v.out.Problems)
	return v.out, nil
}

// ledger checks the chain, and reads what the entries say.
func (v *verifier) ledger(ctx context.Context, heads []string) error {
	entries, err := readLedger(ctx, v.h)
	if err != nil {
		return err
	}
	report := func(problem string) { v.problem("ledger", 0, "%s", problem) }
	ledger.Check(entries, report)
	v.book = newBook(entries, report)
	v.out.Entries = len(entries)
	if len(entries) > 0 {
		v.out.Head = entries[len(entries)-1].Hash
	}
	for _, head := range heads {
		if !ledger.Holds(entries, head) {
			report(fmt.Sprintf("no entry has the hash %s: the end was cut off, or an older copy took the place of this history", head))
		}
	}
	return nil
}

// file makes SQLite check its own pages, indexes included. Postgres has its own
// tools for that.
func (v *verifier) file(ctx context.Context) error {
	if v.h.postgres {
		return nil
	}
	return v.h.each(ctx, "PRAGMA integrity_check(20)", nil, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		if text != "ok" && err == nil {
			v.problem("file", 0, "%s", text)
		}
		return err
	})
}

func (v *verifier) readRecording(ctx context.Context) error {
	return v.h.each(ctx, "SELECT run FROM recording", nil, func(rows *sql.Rows) error {
		var run int64
		if err := rows.Scan(&run); err != nil {
			return err
		}
		if run <= 0 || v.book.find(run) != nil {
			v.problem("recording", run, "run %d is not being recorded: the ledger has it", run)
			return nil
		}
		v.recording[run] = true
		return nil
	})
}

func (v *verifier) readDocuments(ctx context.Context) error {
	return v.h.each(ctx, "SELECT digest, run, number, position FROM document", nil, func(rows *sql.Rows) error {
		var raw sql.RawBytes
		var p place
		err := rows.Scan(&raw, &p.run, &p.number, &p.position)
		if v.recording[p.run] {
			return err
		}
		if _, twice := v.documents[p]; twice {
			v.astray(p, hex.EncodeToString(raw))
		} else {
			v.documents[p] = string(raw)
		}
		return err
	})
}

func (v *verifier) astray(p place, digest string) {
	v.problem("document", p.run, "document %s: its row leads to another text, or to none", digest)
}

// readParts compares every part with its digest, and the documents with the
// rows that point to them.
func (v *verifier) readParts(ctx context.Context) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	err := v.h.each(ctx, "SELECT "+rowColumns+" FROM part", nil, func(rows *sql.Rows) error {
		r := &row{}
		if err := rows.Scan(&r.run, &r.kind, &r.number, &r.digest, &r.data); err != nil || v.recording[r.run] {
			return err
		}
		v.parts[r.run] = append(v.parts[r.run], covered{r.kind, r.digest, 0})
		group.Go(func() (err error) {
			defer crash.Catch(&err)
			sum := r.sum()
			digests, err := r.documents()
			v.mu.Lock()
			defer v.mu.Unlock()
			if sum != r.digest {
				v.problem("part", r.run, "%s %d of run %d: the row was altered, it is not the one that was recorded", r.kind, r.number, r.run)
			}
			if err != nil {
				v.problem("part", r.run, "%s %d of run %d: %v", r.kind, r.number, r.run, err)
			}
			for position, digest := range digests {
				p := place{r.run, r.number, int64(position)}
				if v.documents[p] == digest {
					delete(v.documents, p)
				} else {
					v.problem("document", r.run, "document %x: its row is missing", digest)
				}
			}
			return nil
		})
		return nil
	})
	if waited := group.Wait(); err == nil {
		err = waited
	}
	for p, digest := range v.documents { // Verify sorts the problems
		v.astray(p, hex.EncodeToString([]byte(digest)))
	}
	return err
}

// documents returns the digests of the documents in a part.
func (r *row) documents() ([]string, error) {
	if r.kind != partDocuments {
		return nil, nil
	}
	data, err := delta.Decompress(r.data, nil)
	if err != nil {
		return nil, err
	}
	texts, err := splitDocuments(data)
	digests := make([]string, len(texts))
	for i := range texts {
		sum := sha256.Sum256([]byte(texts[i]))
		digests[i] = string(sum[:])
	}
	return digests, err
}

// compare compares the parts of every run with its ledger entry. A pruned run
// has no parts, unless it is a key run that is still needed. The documents that
// were needed then are covered by the entry of the last pruning.
func (v *verifier) compare() {
	none, _, _ := cover(nil)
	needed := v.book.needed()
	for _, run := range v.book.runs {
		parts, documents := run.Parts, run.Documents
		if run.Pruned {
			documents = none
		} else {
			v.out.Runs++
		}
		if run.Pruned && !needed[run.ID] {
			parts = none
		}
		v.covers(run.ID, parts, documents)
	}
	if kept := v.book.pruned.Kept; kept != 0 {
		v.covers(-kept, none, v.book.pruned.Documents)
	}
	for run := range v.parts { // Verify sorts the problems
		v.problem("part", run, "the ledger does not have run %d, to which rows belong", run)
	}
}

// covers compares a run's parts with what the ledger says of them.
func (v *verifier) covers(run int64, parts, documents string) {
	isParts, isDocuments, _ := cover(v.parts[run])
	delete(v.parts, run)
	if isParts != parts || isDocuments != documents {
		v.problem("part", run, "the rows of run %d are not those that were recorded", run)
	}
}
