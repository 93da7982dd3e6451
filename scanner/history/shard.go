package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// ShardSize is how many exports one transaction should hold.
const ShardSize = 500

// Entry is one export as it was collected and judged.
type Entry struct {
	Record  *scanner.Record
	Results []scanner.Result
}

// item is one subject of a shard.
type item struct {
	tenant, export string
	record         *packedRecord  // nil for a tenant and for what is gone
	results        *packedResults // nil for what is gone
	judged         []scanner.Result
	gone           bool

	subject int64
	open    [tables - 1]openRow
}

// openRow is the version or the result that holds so far.
type openRow struct {
	id, from int64
	digest   key
}

// RecordShard records exports of a run within the caller's transaction, which
// it neither commits nor rolls back (Within makes one). The number, from 0, tells the run's shards apart
// and orders them. Shards of one run may be recorded side by side where the
// database allows it; each export belongs to one of them.
func (s *Store) RecordShard(ctx context.Context, tx *sql.Tx, run int64, number int, entries []Entry) error {
	return s.fail("record a shard", s.recordExports(ctx, s.in(tx), run, number, entries, newBlobIDs()))
}

func (s *Store) recordExports(ctx context.Context, h handle, run int64, number int, entries []Entry, known *blobIDs) error {
	items := make([]item, len(entries))
	for i := range entries {
		c := &entries[i].Record.Configuration
		record, err := packRecord(entries[i].Record)
		if err != nil {
			return err
		}
		results, err := packResults(entries[i].Results, entries[i].Record.Gaps)
		if err != nil {
			return fmt.Errorf("export %s: %w", c.ID, err)
		}
		items[i] = item{tenant: text(c.Tenant), export: text(c.ID), record: record, results: results, judged: entries[i].Results}
	}
	return s.record(ctx, h, run, number, shardExports, items, known)
}

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

// subjects finds each item's subject with the rows that hold so far.
func (r *recorder) subjects(ctx context.Context) error {
	byTenant := map[string]map[string]*item{}
	for i := range r.items {
		it := &r.items[i]
		if byTenant[it.tenant] == nil {
			byTenant[it.tenant] = map[string]*item{}
		}
		if byTenant[it.tenant][it.export] != nil {
			return fmt.Errorf("export %s of tenant %s is in the shard twice", it.export, it.tenant)
		}
		byTenant[it.tenant][it.export] = it
	}
	for tenant, items := range byTenant {
		if err := r.find(ctx, tenant, items); err != nil {
			return err
		}
	}
	for i := range r.items {
		it := &r.items[i]
		if it.open[tableVersion].from == r.run || it.open[tableResult].from == r.run {
			return fmt.Errorf("export %s of tenant %s was recorded before in this run", it.export, it.tenant)
		}
		r.changes[it.subject] = &change{tenant: it.tenant, export: it.export}
	}
	return nil
}

// find gives the items of one tenant their subjects, new ones where there was
// none.
func (r *recorder) find(ctx context.Context, tenant string, items map[string]*item) error {
	var ids, missing []string
	for i := range r.items {
		if r.items[i].tenant == tenant {
			ids = append(ids, r.items[i].export)
		}
	}
	if err := r.openRows(ctx, tenant, ids, items); err != nil {
		return err
	}
	for _, id := range ids {
		if items[id].subject == 0 {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	subjects, err := internSubjects(ctx, r.h, tenant, missing, false)
	for _, id := range missing {
		items[id].subject = subjects[id]
	}
	return err
}

const openQuery = `SELECT s.id, s.export_id, v.id, v.from_run, v.digest, r.id, r.from_run, r.digest FROM subject s
LEFT JOIN config_version v ON v.subject = s.id AND v.to_run IS NULL
LEFT JOIN result r ON r.subject = s.id AND r.to_run IS NULL
WHERE s.tenant = ? AND s.export_id IN `

func (r *recorder) openRows(ctx context.Context, tenant string, ids []string, items map[string]*item) error {
	return chunks(ids, func(in string, args []any) error {
		return r.h.each(ctx, openQuery+in, append([]any{tenant}, args...), func(rows *sql.Rows) error {
			var subject int64
			var id string
			var row, from [tables - 1]sql.NullInt64
			var digest [tables - 1]sql.RawBytes
			if err := rows.Scan(&subject, &id, &row[0], &from[0], &digest[0], &row[1], &from[1], &digest[1]); err != nil {
				return err
			}
			it := items[id]
			it.subject = subject
			for table := range it.open {
				if !row[table].Valid {
					continue
				}
				k, err := keyOf(digest[table])
				if err != nil {
					return err
				}
				it.open[table] = openRow{row[table].Int64, from[table].Int64, k}
			}
			return nil
		})
	})
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
	var wanted, likelyNew []document
	for i := range r.items {
		it := &r.items[i]
		if it.record != nil {
			changed, first := !it.holds(tableVersion), it.open[tableVersion].id == 0
			for j := range it.record.record.Evidence {
				e := &it.record.record.Evidence[j]
				switch d := (document{it.record.keys[j], e.Text}); {
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
		payload := []byte(nil)
		if table == tableVersion {
			payload = it.record.payload(r.id)
		} else {
			payload = it.results.findings
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
