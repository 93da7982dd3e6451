package history

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/internal/generation"
)

// A document is a text that is kept once, however many runs refer to it: an
// answer of a service, or the record of an export without what moves. The
// documents that a shard was the first to have form one part, each preceded by
// its length. The table document maps a digest to that place.
type document struct {
	digest, text string
	// computed says that the digest was computed from the text here. Only
	// digested sets it; any other digest is checked before the text is kept.
	computed bool
}

func digested(text string) document { return document{scanner.Digest(text), text, true} }

// place is where a document is.
type place struct{ run, number, position int64 }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.run, o.run), cmp.Compare(p.number, o.number), cmp.Compare(p.position, o.position))
}

// places returns the places of the documents to which a run may refer. It
// leaves out those of another run that is still being recorded: that run may be
// abandoned.
func (h handle) places(ctx context.Context, run int64, digests []string) (map[string]place, error) {
	digests = slices.Sorted(slices.Values(digests))
	places := make(map[string]place, len(digests))
	for part := range slices.Chunk(slices.Compact(digests), batch) {
		args := make([]any, len(part), len(part)+1)
		for i, digest := range part {
			raw, err := hex.DecodeString(digest)
			if err != nil {
				return nil, fmt.Errorf("%q is no digest", digest)
			}
			args[i] = raw
		}
		query := "SELECT digest, run, number, position FROM document WHERE digest IN " + list(len(part)) +
			" AND run NOT IN (SELECT run FROM recording WHERE run <> ?)"
		err := h.each(ctx, query, append(args, run), func(rows *sql.Rows) error {
			var digest sql.RawBytes
			var p place
			err := rows.Scan(&digest, &p.run, &p.number, &p.position)
			places[hex.EncodeToString(digest)] = p
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

// putDocuments keeps the documents that are not kept yet, in their order:
// neighbours resemble each other.
func (c content) putDocuments(ctx context.Context, number int64, all []document) error {
	digests := make([]string, len(all))
	size := 0
	for i := range all {
		digests[i] = all[i].digest
		size += len(all[i].text) + binary.MaxVarintLen64
	}
	known, err := c.h.places(ctx, c.run, digests)
	if err != nil {
		return err
	}
	data := make([]byte, 0, size)
	var rows [][]any
	for _, d := range all {
		if _, ok := known[d.digest]; ok {
			continue
		}
		if !d.computed && scanner.Digest(d.text) != d.digest {
			return fmt.Errorf("document %s: the digest is not that of the text", d.digest)
		}
		raw, err := hex.DecodeString(d.digest)
		if err != nil {
			return err
		}
		known[d.digest] = place{}
		rows = append(rows, []any{raw, c.run, number, len(rows)})
		data = append(binary.AppendUvarint(data, uint64(len(d.text))), d.text...)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := c.put(ctx, partDocuments, number, data); err != nil {
		return err
	}
	// The table is ordered by digest: neighbours go to the same pages.
	slices.SortFunc(rows, func(x, y []any) int { return bytes.Compare(x[0].([]byte), y[0].([]byte)) })
	return c.h.insert(ctx, "document (digest, run, number, position)", rows)
}

// splitDocuments returns the texts in a part.
func splitDocuments(data []byte) ([]string, error) {
	var texts []string
	for len(data) > 0 {
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return nil, delta.ErrDamaged
		}
		texts = append(texts, string(data[n:n+int(size)]))
		data = data[n+int(size):]
	}
	return texts, nil
}

// documents reads texts by their digests. It caches the parts that it read
// last: neighbouring exports share them.
type documents struct {
	h      handle
	recent *generation.Cache[[2]int64, []string]
}

// recentBytes bounds the memory of each of the cache's two generations.
const recentBytes = 32 << 20

func newDocuments(h handle) *documents {
	return &documents{h, generation.New[[2]int64](recentBytes, func(texts []string) int {
		size := 0
		for _, t := range texts {
			size += len(t)
		}
		return size
	})}
}

// read returns the documents with these digests, in their order.
func (d *documents) read(ctx context.Context, digests []string) ([]string, error) {
	places, err := d.h.places(ctx, 0, digests)
	if err != nil {
		return nil, err
	}
	order := slices.SortedFunc(maps.Keys(places), func(x, y string) int { return places[x].compare(places[y]) })
	found := make(map[string]string, len(places))
	for _, digest := range order { // each part is read once
		if found[digest], err = d.at(ctx, places[digest]); err != nil {
			return nil, fmt.Errorf("document %s: %w", digest, err)
		}
	}
	texts := make([]string, len(digests))
	for i, digest := range digests {
		var ok bool
		if texts[i], ok = found[digest]; !ok {
			return nil, fmt.Errorf("document %s is missing", digest)
		}
	}
	return texts, nil
}

// at returns the document at a place.
func (d *documents) at(ctx context.Context, p place) (string, error) {
	id := [2]int64{p.run, p.number}
	texts, ok := d.recent.Get(id)
	if !ok {
		data, _, err := content{h: d.h, run: p.run}.read(ctx, partDocuments, p.number)
		if err == nil {
			texts, err = splitDocuments(data)
		}
		if err != nil {
			return "", err
		}
		d.recent.Put(id, texts)
	}
	if p.position < 0 || p.position >= int64(len(texts)) {
		return "", delta.ErrDamaged
	}
	return texts[p.position], nil
}
