package texts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/scanner/internal/generation"
)

const (
	// blockSize is how much text is compressed together: documents of one kind
	// resemble each other, so that a block shrinks far better than single texts.
	blockSize = 128 << 10
	// inMemory bounds, in bytes, the compressed blocks in memory. Later ones are
	// in a file.
	inMemory = 64 << 20
	// recentSize bounds, in bytes, each of the two generations of texts that
	// are kept uncompressed. Documents that many exports share stay among them.
	recentSize = 12 << 20
)

// Store holds texts by their digests. It is not safe for concurrent use.
type Store struct {
	places  map[key]place
	blocks  blocks // compressed
	pending []byte // the block being filled
	recent  *generation.Cache[string, string]
	packed  []byte // reused for compression
	block   []byte // reused for decompression
	decoded int    // number of the block in it; -1: none

	compressor   *zstd.Encoder
	decompressor *zstd.Decoder
}

// key is the beginning of a digest. A text is checked against its whole digest
// when it is used, so that a collision is an error and never a wrong text.
type key [16]byte

type place struct {
	block, offset, length uint32
}

// New returns an empty store. The error is that of setting up the
// compression.
func New() (*Store, error) {
	compressor, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(2*blockSize))
	if err != nil {
		return nil, fmt.Errorf("compress documents in memory: %w", err)
	}
	// Decompressing one block at a time from memory starts no goroutine, so
	// there is nothing to close.
	decompressor, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("decompress documents in memory: %w", err)
	}
	return &Store{
		places: map[key]place{}, decoded: -1, blocks: blocks{room: inMemory}, recent: generation.New[string](recentSize, weigh),
		compressor: compressor, decompressor: decompressor,
	}, nil
}

// weigh is how many bytes of memory a text takes, with its entry.
func weigh(text string) int { return len(text) + 128 }

func keyOf(digest string) (key, bool) {
	var k key
	if len(digest) != hex.EncodedLen(sha256.Size) {
		return k, false
	}
	_, err := hex.Decode(k[:], []byte(digest[:2*len(k)]))
	return k, err == nil
}

// Add keeps a text under its digest (scanner.Digest) and reports whether it
// was new.
func (t *Store) Add(digest, text string) bool {
	k, ok := keyOf(digest)
	if _, known := t.places[k]; known || !ok {
		return false
	}
	if len(t.pending) > 0 && len(t.pending)+len(text) > blockSize {
		t.packed = t.compressor.EncodeAll(t.pending, t.packed[:0])
		t.blocks.add(t.packed)
		t.pending = t.pending[:0]
	}
	// A block is at most as long as a line of a snapshot, and memory ends long
	// before 2^32 blocks.
	t.places[k] = place{block: uint32(len(t.blocks.all)), offset: uint32(len(t.pending)), length: uint32(len(text))}
	t.pending = append(t.pending, text...)
	t.recent.Put(digest, text)
	return true
}

// Get returns the text with a digest, and whether there is one.
func (t *Store) Get(digest string) (string, bool, error) {
	if text, ok := t.recent.Get(digest); ok {
		return text, true, nil
	}
	k, ok := keyOf(digest)
	if !ok {
		return "", false, nil
	}
	at, ok := t.places[k]
	if !ok {
		return "", false, nil
	}
	block, err := t.load(int(at.block))
	if err != nil {
		return "", false, err
	}
	text := string(block[at.offset : at.offset+at.length])
	if sum := sha256.Sum256([]byte(text)); hex.EncodeToString(sum[:]) != digest {
		return "", false, nil
	}
	t.recent.Put(digest, text)
	return text, true, nil
}

// load returns a block of texts, decompressed.
func (t *Store) load(number int) ([]byte, error) {
	if number == len(t.blocks.all) {
		return t.pending, nil
	}
	if number == t.decoded {
		return t.block, nil
	}
	t.decoded = -1
	packed, err := t.blocks.get(number)
	if err != nil {
		return nil, err
	}
	block, err := t.decompressor.DecodeAll(packed, t.block[:0])
	if err != nil {
		return nil, fmt.Errorf("decompress documents: %w", err)
	}
	t.block, t.decoded = block, number
	return block, nil
}
