package history

import (
	"context"
	"database/sql"
	"fmt"
)

// place is where something lies in a pack. Small documents are compressed many
// at a time, since they resemble each other: it takes a fraction of the time
// and of the space.
type place struct{ pack, pos, len int64 }

// packSize is how much is compressed together, in bytes before compression.
const packSize = 256 << 10

// packer gathers what a transaction adds into packs.
type packer struct {
	store   *Store
	h       handle
	pending []byte
	waiting []*place // for the number of their pack
}

// add keeps bytes. The place is known once flush was called.
func (p *packer) add(ctx context.Context, b []byte) (*place, error) {
	if len(p.pending) > 0 && len(p.pending)+len(b) > packSize {
		if err := p.flush(ctx); err != nil {
			return nil, err
		}
	}
	at := &place{pos: int64(len(p.pending)), len: int64(len(b))}
	p.pending = append(p.pending, b...)
	p.waiting = append(p.waiting, at)
	return at, nil
}

func (p *packer) flush(ctx context.Context) error {
	if len(p.waiting) == 0 {
		return nil
	}
	var id int64
	if _, err := p.h.one(ctx, "INSERT INTO pack (data) VALUES (?) RETURNING id", []any{p.store.codec.compress(p.pending)}, &id); err != nil {
		return err
	}
	for _, at := range p.waiting {
		at.pack = id
	}
	p.pending, p.waiting = p.pending[:0], nil
	return nil
}

// unpack returns what lies at a place.
func (s *Store) unpack(ctx context.Context, h handle, at place) ([]byte, error) {
	data, ok := s.codec.ready(at.pack)
	if !ok {
		var err error
		if data, err = s.loadPack(ctx, h, at.pack); err != nil {
			return nil, err
		}
		s.codec.keep(at.pack, data)
	}
	if at.pos < 0 || at.len < 0 || at.pos+at.len > int64(len(data)) {
		return nil, fmt.Errorf("pack %d: %w", at.pack, errCut)
	}
	return data[at.pos : at.pos+at.len], nil
}

func (s *Store) loadPack(ctx context.Context, h handle, id int64) ([]byte, error) {
	var packed []byte
	found, err := h.one(ctx, "SELECT data FROM pack WHERE id = ?", []any{id}, &packed)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("pack %d is missing", id)
	}
	data, err := s.codec.decompress(packed)
	if err != nil {
		return nil, fmt.Errorf("pack %d: %w", id, err)
	}
	return data, nil
}

// scanPlace is a row's columns pack, pos and len.
func (p *place) columns() []any { return []any{&p.pack, &p.pos, &p.len} }

// documents returns texts by the ids of their blobs.
func (s *Store) documents(ctx context.Context, h handle, ids []int64) (map[int64]storedDocument, error) {
	found := make(map[int64]storedDocument, len(ids))
	places := make(map[int64]place, len(ids))
	err := chunks(ids, func(in string, args []any) error {
		return h.each(ctx, "SELECT id, digest, pack, pos, len FROM blob WHERE id IN "+in, args, func(rows *sql.Rows) error {
			var id int64
			var digest []byte
			var at place
			if err := rows.Scan(append([]any{&id, &digest}, at.columns()...)...); err != nil {
				return err
			}
			key, err := keyOf(digest)
			found[id], places[id] = storedDocument{digest: key}, at
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	for id, at := range places {
		b, err := s.unpack(ctx, h, at)
		if err != nil {
			return nil, fmt.Errorf("blob %x: %w", found[id].digest, err)
		}
		found[id] = storedDocument{found[id].digest, string(b)}
	}
	return found, nil
}
