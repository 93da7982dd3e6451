package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// codec compresses, decompresses, and keeps the packs used last ready. It is
// safe for concurrent use.
type codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder

	mu    sync.Mutex
	young map[int64][]byte // packs by id; what is not used for a generation is forgotten
	old   map[int64][]byte
}

// packsReady is how many packs each of two generations keeps decompressed:
// together at most about 16 MiB.
const packsReady = 32

func newCodec() (*codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	return &codec{encoder: encoder, decoder: decoder}, nil
}

func (c *codec) close() { c.decoder.Close() }

func (c *codec) compress(b []byte) []byte { return c.encoder.EncodeAll(b, nil) }

func (c *codec) decompress(b []byte) ([]byte, error) { return c.decoder.DecodeAll(b, nil) }

func (c *codec) ready(id int64) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, ok := c.young[id]; ok {
		return data, true
	}
	data, ok := c.old[id]
	if ok {
		c.put(id, data)
	}
	return data, ok
}

func (c *codec) keep(id int64, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(id, data)
}

func (c *codec) put(id int64, data []byte) {
	if c.young == nil || len(c.young) >= packsReady {
		c.young, c.old = map[int64][]byte{}, c.young
	}
	c.young[id] = data
}

// forget drops what is ready, after packs were removed.
func (c *codec) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = nil, nil
}

// errCut says that packed bytes do not hold what they should.
var errCut = errors.New("the packed row is cut off or altered")

// writer appends numbers and texts to bytes.
type writer struct{ b []byte }

func (w *writer) number(n uint64) { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) signed(n int64)  { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) raw(b []byte)    { w.b = append(w.b, b...) }

func (w *writer) text(s string) {
	w.number(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) bytes(b []byte) {
	w.number(uint64(len(b)))
	w.b = append(w.b, b...)
}

// reader takes them off again. After an error it yields zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	r.b, r.err = nil, errCut
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return make([]byte, 0)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) bytes() []byte { return r.take(r.number()) }
func (r *reader) text() string  { return string(r.bytes()) }

// count is a number of things that take at least a byte each.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

// end says whether everything was well and nothing is left.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail()
	}
	return r.err
}
