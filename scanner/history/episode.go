package history

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"slices"

	"github.com/trailguard/trailguard/scanner"
)

// The ways in which an episode ends.
const (
	EndResolved = "resolved" // the rule was assessed, and no longer finds it
	EndGone     = "gone"     // the export was deleted
	// EndRules: it ended in the first run with other rules, so that nobody
	// knows whether the world changed.
	EndRules = "rules"
)

// episode is a row of finding: one finding from the run that first had it to
// the one that no longer did. A failure's episode goes on while the rule can
// not be assessed; an unknown's own episode then runs beside it.
type episode struct {
	id, subject    int64
	fingerprint    []byte
	rule           string
	severity       string
	status         scanner.Status
	resource       string
	first          int64
	last, resolved sql.NullInt64
	ending         string
}

const episodeColumns = "f.id, f.subject, f.fingerprint, f.rule, f.severity, f.status, f.resource, f.first_run, f.last_run, f.resolved_run, f.ending"

func scanEpisode(rows *sql.Rows, also ...any) (episode, error) {
	var e episode
	var status string
	err := rows.Scan(append([]any{&e.id, &e.subject, &e.fingerprint, &e.rule, &e.severity, &status, &e.resource, &e.first, &e.last, &e.resolved, &e.ending}, also...)...)
	e.status = scanner.Status(status)
	return e, err
}

func (e *episode) section(w *writer) {
	w.bytes(e.fingerprint)
	w.text(string(e.status))
	if e.resolved.Valid {
		w.text("closed")
		w.signed(e.last.Int64)
		w.text(e.ending)
		return
	}
	w.text("opened")
	w.text(e.rule)
	w.text(e.severity)
	w.text(e.resource)
}

func compareEpisodes(a, b episode) int {
	return cmp.Or(bytes.Compare(a.fingerprint, b.fingerprint), cmp.Compare(a.status, b.status), cmp.Compare(flag(a.resolved.Valid), flag(b.resolved.Valid)))
}

// outlook is what ends episodes in one tenant.
type outlook struct {
	previous     int64 // the last complete run; 0: none
	rulesChanged bool  // since then
}

// judge compares a subject's open episodes with its results, and returns those
// that begin and those that end.
func (o outlook) judge(open []episode, results []scanner.Result, gone bool) (begun, ended []episode) {
	type identity struct {
		fingerprint string
		status      scanner.Status
	}
	now := map[identity]bool{}
	unassessed := map[string]bool{} // fingerprints
	known := map[identity]bool{}
	for i := range open {
		known[identity{string(open[i].fingerprint), open[i].status}] = true
	}
	for i := range results {
		for j := range results[i].Findings {
			f := &results[i].Findings[j]
			raw, err := hex.DecodeString(f.Fingerprint)
			if err != nil {
				raw = []byte(f.Fingerprint)
			}
			id := identity{string(raw), f.Status}
			if f.Status == scanner.StatusUnknown || f.Status == scanner.StatusError {
				unassessed[id.fingerprint] = true
			}
			if !now[id] && !known[id] {
				begun = append(begun, episode{
					fingerprint: raw, rule: text(f.RuleID), severity: string(f.Severity), status: f.Status, resource: text(f.Resource),
				})
			}
			now[id] = true
		}
	}
	statuses := statusesByRule(results)
	for _, e := range open {
		if !gone && now[identity{string(e.fingerprint), e.status}] {
			continue
		}
		status, ran := statuses[e.rule]
		assessed := ran && status != scanner.StatusUnknown && status != scanner.StatusError && !unassessed[string(e.fingerprint)]
		switch {
		case gone:
			e.ending = EndGone
		case !ran && !o.rulesChanged:
			continue // the rule was not selected
		case e.status == scanner.StatusFail && ran && !assessed:
			continue // nobody could look whether it still fails
		case o.rulesChanged:
			e.ending = EndRules
		default:
			e.ending = EndResolved
		}
		e.last = sql.NullInt64{Int64: o.previous, Valid: o.previous != 0}
		ended = append(ended, e)
	}
	return begun, ended
}

// openEpisodes returns the open episodes of subjects.
func openEpisodes(ctx context.Context, h handle, subjects []int64) (map[int64][]episode, error) {
	open := map[int64][]episode{}
	err := chunks(subjects, func(in string, args []any) error {
		return h.each(ctx, "SELECT "+episodeColumns+" FROM finding f WHERE f.resolved_run IS NULL AND f.subject IN "+in, args, func(rows *sql.Rows) error {
			e, err := scanEpisode(rows)
			open[e.subject] = append(open[e.subject], e)
			return err
		})
	})
	return open, err
}

// recordEpisodes writes what began and ended, and adds it to the changes.
func recordEpisodes(ctx context.Context, h handle, run int64, begun, ended []episode, changes map[int64]*change) error {
	rows := make([][]any, len(begun))
	for i := range begun {
		e := &begun[i]
		rows[i] = []any{e.subject, e.fingerprint, e.rule, e.severity, string(e.status), e.resource, run}
		changes[e.subject].findings = append(changes[e.subject].findings, *e)
	}
	for i := range ended {
		e := &ended[i]
		e.resolved = sql.NullInt64{Int64: run, Valid: true}
		changes[e.subject].findings = append(changes[e.subject].findings, *e)
	}
	for _, c := range changes {
		slices.SortFunc(c.findings, compareEpisodes)
	}
	// Those that end in the same way, together.
	type end struct {
		last   sql.NullInt64
		ending string
	}
	ids := map[end][]int64{}
	for i := range ended {
		k := end{ended[i].last, ended[i].ending}
		ids[k] = append(ids[k], ended[i].id)
	}
	for k, list := range ids {
		err := chunks(list, func(in string, args []any) error {
			return h.exec(ctx, "UPDATE finding SET resolved_run = ?, last_run = ?, ending = ? WHERE id IN "+in,
				append([]any{run, k.last, k.ending}, args...)...)
		})
		if err != nil {
			return err
		}
	}
	return h.insert(ctx, "finding (subject, fingerprint, rule, severity, status, resource, first_run)", rows)
}
