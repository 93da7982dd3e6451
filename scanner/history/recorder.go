package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// recorder is the work on one shard.
type recorder struct {
	store   *Store
	h       handle
	run     int64
	items   []item
	known   *blobIDs
	packer  *packer
	changes map[int64]*change // by subject
}

func (s *Store) record(ctx context.Context, h handle, run int64, number int, kind string, items []item, known *blobIDs) error {
	if len(items) == 0 {
		return nil
	}
	r := &recorder{
		store: s, h: h, run: run, items: items, known: known,
		packer: &packer{store: s, h: h}, changes: make(map[int64]*change, len(items)),
	}
	collected, outlooks, err := r.about(ctx)
	if err != nil {
		return err
	}
	if err := r.subjects(ctx); err != nil {
		return err
	}
	if err := r.documents(ctx); err != nil {
		return err
	}
	if err := r.replace(ctx, tableVersion); err != nil {
		return err
	}
	if err := r.replace(ctx, tableResult); err != nil {
		return err
	}
	if err := r.episodes(ctx, outlooks); err != nil {
		return err
	}
	return r.shard(ctx, number, kind, collected)
}

// about asks what the run says of itself.
func (r *recorder) about(ctx context.Context) (time.Time, map[string]outlook, error) {
	var collected string
	var finished int64
	found, err := r.h.one(ctx, "SELECT collected_at, finished FROM run WHERE id = ?", []any{r.run}, &collected, &finished)
	if err != nil {
		return time.Time{}, nil, err
	}
	if !found || finished != 0 {
		return time.Time{}, nil, errors.New("the run has ended, or another one took its place")
	}
	at, err := parseTime(collected)
	if err != nil {
		return time.Time{}, nil, err
	}
	outlooks := map[string]outlook{}
	err = r.h.each(ctx, "SELECT tenant, previous, rules_changed FROM run_tenant WHERE run = ?", []any{r.run}, func(rows *sql.Rows) error {
		var tenant string
		var o outlook
		var changed int64
		err := rows.Scan(&tenant, &o.previous, &changed)
		o.rulesChanged = changed != 0
		outlooks[tenant] = o
		return err
	})
	for i := range r.items {
		if _, ok := outlooks[r.items[i].tenant]; !ok && err == nil {
			err = fmt.Errorf("export %s belongs to tenant %s, which the run does not have", r.items[i].export, r.items[i].tenant)
		}
	}
	return at, outlooks, err
}

// holds says whether the item needs no new row in a table.
func (it *item) holds(table int) bool {
	digest, ok := it.digest(table)
	if !ok {
		return it.open[table].id == 0
	}
	return it.open[table].id != 0 && it.open[table].digest == digest
}

// digest is the item's own in a table, if it has one.
func (it *item) digest(table int) (key, bool) {
	switch {
	case table == tableVersion && it.record != nil:
		return it.record.digest, true
	case table == tableResult && it.results != nil:
		return it.results.digest, true
	default:
		return key{}, false
	}
}

// documents keeps the texts that new rows refer to.
func (r *recorder) documents(ctx context.Context) error {
	var wanted, likelyNew []storedDocument
	for i := range r.items {
		it := &r.items[i]
		if it.record != nil {
			changed, first := !it.holds(tableVersion), it.open[tableVersion].id == 0
			for j := range it.record.record.Evidence {
				e := &it.record.record.Evidence[j]
				switch d := (storedDocument{it.record.keys[j], e.Text}); {
				case first:
					likelyNew = append(likelyNew, d)
				case changed || isVolatile(e.Kind):
					wanted = append(wanted, d)
				}
			}
		}
		if it.results != nil && !it.holds(tableResult) {
			wanted = append(wanted, it.results.statuses)
		}
	}
	if err := r.store.intern(ctx, r.packer, wanted, r.known, true); err != nil {
		return err
	}
	return r.store.intern(ctx, r.packer, likelyNew, r.known, false)
}

// replace closes rows that no longer hold and opens those that do now.
func (r *recorder) replace(ctx context.Context, table int) error {
	var closed []int64
	var opened []*item
	var places []*place
	for i := range r.items {
		it := &r.items[i]
		if it.holds(table) {
			continue
		}
		c := r.changes[it.subject]
		if it.open[table].id != 0 {
			closed = append(closed, it.open[table].id)
			c.closed[table] = &it.open[table].digest
		}
		digest, ok := it.digest(table)
		if !ok {
			continue
		}
		c.opened[table] = &digest
		payload := it.results.findings
		if table == tableVersion {
			payload = it.record.payload(r.id)
		}
		at, err := r.packer.add(ctx, payload)
		if err != nil {
			return err
		}
		opened, places = append(opened, it), append(places, at)
	}
	if err := r.packer.flush(ctx); err != nil {
		return err
	}
	rows := make([][]any, len(opened))
	for i, it := range opened {
		digest := r.changes[it.subject].opened[table]
		rows[i] = []any{it.subject, r.run, digest[:], places[i].pack, places[i].pos, places[i].len}
		if table == tableResult {
			rows[i] = append(rows[i], r.id(it.results.statuses.digest))
		}
	}
	err := chunks(closed, func(in string, args []any) error {
		return r.h.exec(ctx, "UPDATE "+tableName(table)+" SET to_run = ? WHERE id IN "+in, append([]any{r.run}, args...)...)
	})
	if err != nil {
		return err
	}
	into := "config_version (subject, from_run, digest, pack, pos, len)"
	if table == tableResult {
		into = "result (subject, from_run, digest, pack, pos, len, statuses)"
	}
	return r.h.insert(ctx, into, rows)
}

// episodes compares findings with the open episodes, of those subjects whose
// results are not what they were.
func (r *recorder) episodes(ctx context.Context, outlooks map[string]outlook) error {
	var subjects []int64
	for i := range r.items {
		if !r.items[i].holds(tableResult) {
			subjects = append(subjects, r.items[i].subject)
		}
	}
	open, err := openEpisodes(ctx, r.h, subjects)
	if err != nil {
		return err
	}
	var begun, ended []episode
	for i := range r.items {
		it := &r.items[i]
		if it.holds(tableResult) {
			continue
		}
		b, e := outlooks[it.tenant].judge(open[it.subject], it.judged, it.gone)
		for j := range b {
			b[j].subject = it.subject
		}
		begun, ended = append(begun, b...), append(ended, e...)
	}
	return recordEpisodes(ctx, r.h, r.run, begun, ended, r.changes)
}

// id is that of a document which documents kept; 0: of the empty text.
func (r *recorder) id(k key) int64 {
	id, _ := r.known.get(k)
	return id
}

// volatile are the digests of the volatile documents by their blobs.
func (r *recorder) volatile() map[int64]key {
	digests := map[int64]key{}
	for i := range r.items {
		if r.items[i].record == nil {
			continue
		}
		for j := range r.items[i].record.record.Evidence {
			if isVolatile(r.items[i].record.record.Evidence[j].Kind) {
				k := r.items[i].record.keys[j]
				digests[r.id(k)] = k
			}
		}
	}
	return digests
}

// shard writes what the run keeps of each member.
func (r *recorder) shard(ctx context.Context, number int, kind string, collected time.Time) error {
	members := make([]member, len(r.items))
	content := writer{}
	digests := r.volatile()
	for i := range r.items {
		it := &r.items[i]
		members[i].subject = it.subject
		if it.record != nil {
			members[i].observe(it.record, r.id)
		}
		r.changes[it.subject].seal(&members[i], &content)
		for _, id := range members[i].volatile {
			k := emptyKey
			if id != 0 {
				k = digests[id]
			}
			content.raw(k[:])
		}
	}
	sum := sha256.Sum256(content.b)
	payload := r.store.codec.compress(packMembers(members, collected))
	return r.h.exec(ctx, "INSERT INTO shard (run, number, kind, content, payload) VALUES (?, ?, ?, ?, ?)", r.run, number, kind, sum[:], payload)
}
