package delta_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/trailguard/trailguard/scanner/history/internal/delta"
)

func noise(seed uint64, size int) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	large := noise(1, 200<<10)
	changed := bytes.Clone(large)
	copy(changed[100<<10:], "something else")
	for name, tt := range map[string]struct {
		text, base []byte
		most       int // bytes that it may take
	}{
		"nothing":                 {nil, nil, 32},
		"nothing against a base":  {nil, large, 32},
		"short base":              {[]byte("text"), []byte("base"), 64},
		"the same":                {large, large, 4 << 10},
		"nearly the same":         {changed, large, 4 << 10},
		"nothing in common":       {noise(2, 1<<10), large, 2 << 10},
		"without a base":          {bytes.Repeat([]byte("audit "), 1000), nil, 100},
		"longer than its base":    {bytes.Repeat(large[:50_000], 5), large[:50_000], 8 << 10},
		"another end of its base": {large[len(large)-1000:], large, 600},
	} {
		t.Run(name, func(t *testing.T) {
			packed, err := delta.Compress(tt.text, tt.base)
			if err != nil {
				t.Fatal(err)
			}
			if len(packed) > tt.most {
				t.Errorf("%d bytes take %d", len(tt.text), len(packed))
			}
			got, err := delta.Decompress(packed, tt.base)
			if err != nil || !bytes.Equal(got, tt.text) {
				t.Errorf("another text comes back: %v", err)
			}
		})
	}
}

func TestDamage(t *testing.T) {
	base := noise(1, 10_000)
	packed, err := delta.Compress(append(noise(3, 100), base...), base)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packed {
		damaged := bytes.Clone(packed)
		damaged[i] ^= 0x10
		got, err := delta.Decompress(damaged, base)
		if err == nil && !bytes.Equal(got[100:], base) {
			t.Errorf("byte %d: another text comes back without an error", i)
		}
		if err != nil && !errors.Is(err, delta.ErrDamaged) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	if _, err := delta.Decompress(packed, noise(9, 10_000)); !errors.Is(err, delta.ErrDamaged) {
		t.Errorf("with another base: %v", err)
	}
	if _, err := delta.Decompress(packed[:len(packed)/2], base); !errors.Is(err, delta.ErrDamaged) {
		t.Errorf("cut off: %v", err)
	}
}
