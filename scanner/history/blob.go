package history

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// key is a SHA-256.
type key [sha256.Size]byte

func (k key) String() string { return hex.EncodeToString(k[:]) }

func keyOf(b []byte) (key, error) {
	if len(b) != sha256.Size {
		return key{}, fmt.Errorf("a digest of %d bytes: %w", len(b), errCut)
	}
	return key(b), nil
}

// parseKey reads a digest as evidence spells it.
func parseKey(digest string) (key, error) {
	var k key
	var spelled [2 * sha256.Size]byte // copied, since a conversion takes memory for every digest of a run
	if len(digest) != len(spelled) {
		return k, fmt.Errorf("%q is no digest", digest)
	}
	copy(spelled[:], digest)
	if _, err := hex.Decode(k[:], spelled[:]); err != nil {
		return k, fmt.Errorf("%q is no digest", digest)
	}
	return k, nil
}

// document is a text that is kept once, whoever refers to it.
type storedDocument struct {
	digest key
	text   string
}

func newDocument(text string) storedDocument {
	return storedDocument{sha256.Sum256([]byte(text)), text}
}

// emptyKey is the digest of the empty text, which is not kept: its id is 0.
var emptyKey = key(sha256.Sum256(nil))

// blobIDs are the ids of blobs by digest. What a transaction adds counts for
// others once it is committed.
type blobIDs struct{ committed, fresh map[key]int64 }

func newBlobIDs() *blobIDs { return &blobIDs{map[key]int64{}, map[key]int64{}} }

func (b *blobIDs) get(k key) (int64, bool) {
	if id, ok := b.fresh[k]; ok {
		return id, true
	}
	id, ok := b.committed[k]
	return id, ok
}

// maxKnown bounds how many shared blobs a run remembers.
const maxKnown = 100_000

// next begins a transaction, after the last one was committed or not.
func (b *blobIDs) next(committed bool) {
	if committed {
		if len(b.committed) > maxKnown {
			b.committed = map[key]int64{}
		}
		for k, id := range b.fresh {
			b.committed[k] = id
		}
	}
	b.fresh = map[key]int64{}
}

// intern keeps documents that are not kept yet, and adds the ids of all to
// known. With look, it asks first which of them there are: that pays where most
// of them are kept, and not where an export is seen for the first time.
func (s *Store) intern(ctx context.Context, p *packer, documents []storedDocument, known *blobIDs, look bool) error {
	wanted := map[key]string{}
	for _, d := range documents {
		if _, ok := known.get(d.digest); !ok && d.digest != emptyKey {
			wanted[d.digest] = d.text
		}
	}
	if look {
		if err := lookUp(ctx, p.h, wanted, known); err != nil {
			return err
		}
	}
	var missing []key
	var places []*place
	for _, d := range documents { // in their order: neighbours resemble each other
		if _, new := wanted[d.digest]; !new {
			continue
		}
		delete(wanted, d.digest)
		if _, ok := known.get(d.digest); ok {
			continue
		}
		if sha256.Sum256([]byte(d.text)) != d.digest {
			return fmt.Errorf("document %s: the digest is not that of the text", d.digest)
		}
		at, err := p.add(ctx, []byte(d.text))
		if err != nil {
			return err
		}
		missing, places = append(missing, d.digest), append(places, at)
	}
	if err := p.flush(ctx); err != nil {
		return err
	}
	first, err := reserve(ctx, p.h, len(missing))
	if err != nil {
		return err
	}
	rows := make([]blobRow, len(missing))
	for i := range missing {
		rows[i] = blobRow{first[i], missing[i], places[i]}
	}
	// In one order everywhere, so that two transactions which add the same
	// documents do not wait for each other.
	slices.SortFunc(rows, func(a, b blobRow) int { return bytes.Compare(a.digest[:], b.digest[:]) })
	for part := range slices.Chunk(rows, batch) {
		if err := addBlobs(ctx, p.h, part, known); err != nil {
			return err
		}
	}
	return nil
}

// blobRow is a row of blob that is about to be added.
type blobRow struct {
	id     int64
	digest key
	at     *place
}

// reserve returns ids for new blobs. To have them beforehand is faster than to
// be told them row by row.
func reserve(ctx context.Context, h handle, n int) ([]int64, error) {
	ids := make([]int64, 0, n)
	if h.postgres {
		const query = "SELECT nextval(pg_get_serial_sequence('blob', 'id')) FROM generate_series(1, ?)"
		err := h.each(ctx, query, []any{n}, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
		return ids, err
	}
	var last int64 // a transaction that writes is alone
	_, err := h.one(ctx, "SELECT COALESCE(MAX(id), 0) FROM blob", nil, &last)
	for i := range n {
		ids = append(ids, last+1+int64(i))
	}
	return ids, err
}

// addBlobs inserts rows. Where another transaction was faster, its row counts.
func addBlobs(ctx context.Context, h handle, rows []blobRow, known *blobIDs) error {
	args := make([]any, 0, 5*len(rows))
	for i := range rows {
		r := &rows[i]
		args = append(args, r.id, r.digest[:], r.at.pack, r.at.pos, r.at.len)
	}
	query := "INSERT INTO blob (id, digest, pack, pos, len) VALUES (?,?,?,?,?)" + strings.Repeat(",(?,?,?,?,?)", len(rows)-1) + " ON CONFLICT (digest) DO NOTHING"
	added, err := h.count(ctx, query, args...)
	if err != nil {
		return err
	}
	if added == int64(len(rows)) {
		for i := range rows {
			known.fresh[rows[i].digest] = rows[i].id
		}
		return nil
	}
	wanted := make(map[key]string, len(rows))
	for i := range rows {
		wanted[rows[i].digest] = ""
	}
	if err := lookUp(ctx, h, wanted, known); err != nil {
		return err
	}
	for k := range wanted {
		if _, ok := known.get(k); !ok {
			return fmt.Errorf("document %s, which was just kept, is gone", k)
		}
	}
	return nil
}

// lookUp adds the ids of documents that are kept already.
func lookUp(ctx context.Context, h handle, wanted map[key]string, known *blobIDs) error {
	keys := make([][]byte, 0, len(wanted))
	for k := range wanted {
		keys = append(keys, k[:])
	}
	return chunks(keys, func(in string, args []any) error {
		return h.each(ctx, "SELECT id, digest FROM blob WHERE digest IN "+in, args, scanBlob(known))
	})
}

func scanBlob(known *blobIDs) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var id int64
		var digest sql.RawBytes
		if err := rows.Scan(&id, &digest); err != nil {
			return err
		}
		k, err := keyOf(digest)
		known.fresh[k] = id
		return err
	}
}
