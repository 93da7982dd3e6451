package history

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// key is a SHA-256.
type key [sha256.Size]byte

// parseKey reads a digest as evidence spells it.
func parseKey(digest string) (key, error) {
	var k key
	if n, err := hex.Decode(k[:], []byte(digest[:min(len(digest), 2*len(k))])); err != nil || n != len(k) || len(digest) != 2*len(k) {
		return k, fmt.Errorf("%q is no digest", digest)
	}
	return k, nil
}

// batchSize is how much text is compressed together, in bytes: documents
// resemble each other, so that many take a fraction of the space of single ones.
const batchSize = 256 << 10

// known are the documents that a run need not look up again. What a
// transaction adds counts for others once it is committed.
type known struct{ committed, fresh map[key]bool }

func newKnown() *known { return &known{map[key]bool{}, map[key]bool{}} }

// maxKnown bounds how many documents a run remembers.
const maxKnown = 100_000

// next begins a transaction, after the last one was committed or not.
func (k *known) next(committed bool) {
	if committed {
		if len(k.committed) > maxKnown {
			clear(k.committed)
		}
		maps.Copy(k.committed, k.fresh)
	}
	clear(k.fresh)
}

// storedDocument is a text that is kept once, whoever refers to it.
type storedDocument struct {
	digest key
	text   string
}

// keepDocuments stores the texts that are not stored yet.
func keepDocuments(ctx context.Context, h handle, run int64, list []storedDocument, k *known) error {
	list, err := missingDocuments(ctx, h, list, k)
	if err != nil {
		return err
	}
	var rows [][]any
	for len(list) > 0 {
		var data []byte
		n := 0
		for ; n < len(list) && len(data) < batchSize; n++ {
			data = appendDocument(data, list[n].text)
		}
		batch, err := insertBatch(ctx, h, run, data)
		if err != nil {
			return err
		}
		for position := range n {
			rows = append(rows, []any{list[position].digest[:], batch, position})
		}
		list = list[n:]
	}
	return insertDocuments(ctx, h, rows)
}

// missingDocuments leaves of a list what is not stored yet, in its order:
// neighbours resemble each other.
func missingDocuments(ctx context.Context, h handle, list []storedDocument, k *known) ([]storedDocument, error) {
	var keys [][]byte
	wanted := map[key]bool{}
	for i := range list {
		d := &list[i].digest
		if !wanted[*d] && !k.committed[*d] && !k.fresh[*d] {
			wanted[*d] = true
			keys = append(keys, d[:])
		}
	}
	err := chunks(keys, func(in string, args []any) error {
		return h.each(ctx, "SELECT digest FROM document WHERE digest IN "+in, args, func(rows *sql.Rows) error {
			var digest sql.RawBytes
			err := rows.Scan(&digest)
			delete(wanted, key(digest))
			k.fresh[key(digest)] = true
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	var missing []storedDocument
	for _, d := range list {
		if !wanted[d.digest] {
			continue
		}
		if sha256.Sum256([]byte(d.text)) != d.digest {
			return nil, fmt.Errorf("document %x: the digest is not that of the text", d.digest)
		}
		delete(wanted, d.digest)
		k.fresh[d.digest] = true
		missing = append(missing, d)
	}
	return missing, nil
}

// insertDocuments adds rows. Where another transaction was faster, its row
// counts. All add them in one order, so that two transactions which add the
// same documents do not wait for each other.
func insertDocuments(ctx context.Context, h handle, rows [][]any) error {
	slices.SortFunc(rows, func(a, b []any) int { return bytes.Compare(a[0].([]byte), b[0].([]byte)) })
	for part := range slices.Chunk(rows, batch) {
		query := "INSERT INTO document (digest, batch, position) VALUES (?,?,?)" + strings.Repeat(",(?,?,?)", len(part)-1) + " ON CONFLICT (digest) DO NOTHING"
		if err := h.exec(ctx, query, slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

func insertBatch(ctx context.Context, h handle, run int64, data []byte) (id int64, err error) {
	packed, err := delta.Compress(data, nil)
	if err != nil {
		return 0, err
	}
	_, err = h.one(ctx, "INSERT INTO batch (run, digest, data) VALUES (?, ?, ?) RETURNING id", []any{run, ledger.Digest(string(packed)), packed}, &id)
	return id, err
}

// batchesOf covers the documents that a run added.
func batchesOf(ctx context.Context, h handle, run int64) (string, error) {
	return rowsDigest(ctx, h, "SELECT id, digest FROM batch WHERE run = ? ORDER BY id", run)
}

// appendDocument adds a text to a batch, after its length.
func appendDocument(data []byte, text string) []byte {
	return append(binary.AppendUvarint(data, uint64(len(text))), text...)
}

// readBatch returns the texts of a batch.
func readBatch(packed []byte) ([][]byte, error) {
	data, err := delta.Decompress(packed, nil)
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	for len(data) > 0 {
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return nil, delta.ErrDamaged
		}
		texts = append(texts, data[n:n+int(size)])
		data = data[n+int(size):]
	}
	return texts, nil
}

// documents reads texts by their digests. It keeps the batches that it read
// last, since exports that lie together share them.
type documents struct {
	h       handle
	batches map[int64][][]byte
}

// batchesReady is how many batches are kept: about 32 MiB.
const batchesReady = 128

// read returns the texts of all digests.
func (d *documents) read(ctx context.Context, digests map[string]string) error {
	type place struct{ batch, position int64 }
	places := map[string]place{}
	keys := make([][]byte, 0, len(digests))
	for digest := range digests {
		k, err := parseKey(digest)
		if err != nil {
			return err
		}
		keys = append(keys, k[:])
	}
	err := chunks(keys, func(in string, args []any) error {
		return d.h.each(ctx, "SELECT digest, batch, position FROM document WHERE digest IN "+in, args, func(rows *sql.Rows) error {
			var digest sql.RawBytes
			var p place
			err := rows.Scan(&digest, &p.batch, &p.position)
			places[hex.EncodeToString(digest)] = p
			return err
		})
	})
	if err != nil {
		return err
	}
	for digest := range digests {
		p, ok := places[digest]
		if !ok {
			return fmt.Errorf("document %s is missing", digest)
		}
		texts, err := d.batch(ctx, p.batch)
		if err != nil {
			return fmt.Errorf("document %s: %w", digest, err)
		}
		if p.position < 0 || p.position >= int64(len(texts)) {
			return fmt.Errorf("document %s: %w", digest, delta.ErrDamaged)
		}
		digests[digest] = string(texts[p.position])
	}
	return nil
}

func (d *documents) batch(ctx context.Context, id int64) ([][]byte, error) {
	if texts, ok := d.batches[id]; ok {
		return texts, nil
	}
	var packed []byte
	found, err := d.h.one(ctx, "SELECT data FROM batch WHERE id = ?", []any{id}, &packed)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("batch %d is missing", id)
	}
	texts, err := readBatch(packed)
	if err != nil {
		return nil, fmt.Errorf("batch %d: %w", id, err)
	}
	if d.batches == nil || len(d.batches) >= batchesReady {
		d.batches = map[int64][][]byte{}
	}
	d.batches[id] = texts
	return texts, nil
}
