// Package delta compresses a text against one that resembles it, such as the
// same part of an earlier run. It does not look at what the texts say.
package delta

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// dictionary is the dictionary id of a frame that needs a base.
const dictionary = 1

// minBase is the shortest text that zstd takes as a dictionary.
const minBase = 8

// maxText bounds the memory that one text may take when it is unpacked.
const maxText = 1 << 30

// ErrDamaged says that packed bytes do not hold a text.
var ErrDamaged = errors.New("the packed text is cut off or altered")

// plain packs texts without a base. It is shared, since setting up an encoder
// takes longer than packing a small text.
var plain = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true))
})

var plainReader = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxText))
})

// Compress packs a text. Decompress needs the same base, which may be empty.
func Compress(text, base []byte) ([]byte, error) {
	if len(base) < minBase {
		encoder, err := plain()
		if err != nil {
			return nil, fmt.Errorf("set up compression: %w", err)
		}
		return encoder.EncodeAll(text, nil), nil
	}
	// The window holds base and text, so that all of the base can be referred to.
	window := max(zstd.MinWindowSize, 1<<bits.Len(uint(len(base)+len(text))))
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(min(window, zstd.MaxWindowSize)), zstd.WithEncoderDictRaw(dictionary, base))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	return encoder.EncodeAll(text, nil), nil
}

// Decompress unpacks what Compress packed with the same base.
func Decompress(packed, base []byte) ([]byte, error) {
	decoder, err := plainReader()
	if err == nil && len(base) >= minBase {
		decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxText), zstd.WithDecoderDictRaw(dictionary, base))
		if err == nil {
			defer decoder.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	text, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return text, nil
}
