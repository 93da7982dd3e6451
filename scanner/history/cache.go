package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// Cache gives back the results of a tenant's last complete run for records
// that are what they were then, so that they need not be judged again. It is
// not safe for concurrent use.
type Cache struct {
	// AsOf is the time as of which the results were judged. Whoever judges as
	// of another time must judge again what depends on the time.
	AsOf time.Time

	store    *Store
	results  map[key]cached // by the digest of the whole record
	statuses map[int64]string
}

type cached struct {
	statuses int64
	place    place
}

// Cache returns what may be used again of a tenant's last complete run. It is
// empty where there is none, or where the judge is not the same
// (RunInfo.JudgeDigest).
func (s *Store) Cache(ctx context.Context, tenant, judgeDigest string) (*Cache, error) {
	c := &Cache{store: s, results: map[key]cached{}, statuses: map[int64]string{}}
	err := c.load(ctx, s.pool(), text(tenant), judgeDigest)
	return c, s.fail("read the results of the last complete run", err)
}

func (c *Cache) load(ctx context.Context, h handle, tenant, judgeDigest string) error {
	run, _, err := lastWhole(ctx, h, tenant)
	if err != nil || run == 0 || judgeDigest == "" {
		return err
	}
	var collected, asOf, judge string
	if _, err := h.one(ctx, "SELECT collected_at, as_of, judge_digest FROM run WHERE id = ?", []any{run}, &collected, &asOf, &judge); err != nil {
		return err
	}
	if judge != judgeDigest {
		return nil
	}
	at, err := parseTime(collected)
	if err != nil {
		return err
	}
	if c.AsOf, err = parseTime(asOf); err != nil {
		return err
	}
	names, err := exportNames(ctx, h, tenant)
	if err != nil {
		return err
	}
	var shards []int64
	err = h.each(ctx, "SELECT number FROM shard WHERE run = ? AND kind = ? ORDER BY number", []any{run, shardExports}, func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		shards = append(shards, number)
		return err
	})
	if err != nil {
		return err
	}
	for _, number := range shards {
		if err := c.loadShard(ctx, h, run, number, at, names); err != nil {
			return fmt.Errorf("run %d: %w", run, err)
		}
	}
	return nil
}

func (c *Cache) loadShard(ctx context.Context, h handle, run, number int64, collected time.Time, names map[int64]string) error {
	members, err := c.store.members(ctx, h, run, number, collected)
	if err != nil {
		return err
	}
	var subjects, blobs []int64
	for i := range members {
		if _, ours := names[members[i].subject]; ours {
			subjects = append(subjects, members[i].subject)
			blobs = append(blobs, members[i].volatile...)
		}
	}
	versions, err := rowsAt(ctx, h, tableVersion, subjects, run)
	if err != nil {
		return err
	}
	results, err := rowsAt(ctx, h, tableResult, subjects, run)
	if err != nil {
		return err
	}
	digests, err := blobDigests(ctx, h, blobs)
	if err != nil {
		return err
	}
	for i := range members {
		m := &members[i]
		version, ok := versions[m.subject]
		result, judged := results[m.subject]
		if !ok || !judged {
			continue
		}
		volatile := make([]key, len(m.volatile))
		for j, id := range m.volatile {
			volatile[j] = emptyKey
			if id != 0 {
				if volatile[j], ok = digests[id]; !ok {
					return fmt.Errorf("blob %d is missing", id)
				}
			}
		}
		c.results[wholeDigest(version.digest, volatile)] = cached{result.statuses, result.place}
	}
	return nil
}

func blobDigests(ctx context.Context, h handle, ids []int64) (map[int64]key, error) {
	digests := make(map[int64]key, len(ids))
	err := chunks(ids, func(in string, args []any) error {
		return h.each(ctx, "SELECT id, digest FROM blob WHERE id IN "+in, args, func(rows *sql.Rows) error {
			var id int64
			var digest sql.RawBytes
			if err := rows.Scan(&id, &digest); err != nil {
				return err
			}
			k, err := keyOf(digest)
			digests[id] = k
			return err
		})
	})
	return digests, err
}

// wholeDigest covers all of a record but times and request ids.
func wholeDigest(record key, volatile []key) key {
	sum := sha256.New()
	sum.Write(record[:])
	for _, k := range volatile {
		sum.Write(k[:])
	}
	return key(sum.Sum(nil))
}

// Results returns the results of a record, and whether they are known. They
// are what judging the record again as of AsOf would give.
func (c *Cache) Results(ctx context.Context, record *scanner.Record) ([]scanner.Result, bool, error) {
	if len(c.results) == 0 {
		return nil, false, nil
	}
	p, err := packRecord(record, &writer{b: make([]byte, 0, 8<<10)})
	if err != nil {
		return nil, false, err
	}
	var volatile []key
	for i := range record.Evidence {
		if isVolatile(record.Evidence[i].Kind) {
			volatile = append(volatile, p.keys[i])
		}
	}
	hit, ok := c.results[wholeDigest(p.digest, volatile)]
	if !ok {
		return nil, false, nil
	}
	results, err := c.read(ctx, hit, record.Gaps)
	if err != nil {
		return nil, false, c.store.fail("read the results of export "+record.Configuration.ID, err)
	}
	return results, true, nil
}

func (c *Cache) read(ctx context.Context, hit cached, gaps []scanner.Gap) ([]scanner.Result, error) {
	h := c.store.pool()
	if _, ok := c.statuses[hit.statuses]; !ok {
		found, err := c.store.documents(ctx, h, []int64{hit.statuses})
		if err != nil {
			return nil, err
		}
		d, ok := found[hit.statuses]
		if !ok {
			return nil, fmt.Errorf("blob %d is missing", hit.statuses)
		}
		c.statuses[hit.statuses] = d.text
	}
	packed := []byte(nil)
	if hit.place.len > 0 {
		var err error
		if packed, err = c.store.unpack(ctx, h, hit.place); err != nil {
			return nil, err
		}
	}
	return unpackResults(c.statuses[hit.statuses], packed, gaps)
}
