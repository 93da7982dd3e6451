package texts

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

// incompressible are texts of which a few fill a block.
func incompressible(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]string, n)
	for i := range list {
		var b strings.Builder
		for range 40 << 10 {
			b.WriteByte(byte(random.Uint32()))
		}
		list[i] = b.String()
	}
	return list
}

// Whatever is in memory and whatever is in a file comes back, and nothing is left in
// the folder for temporary files.
func TestTextsComeBack(t *testing.T) {
	const roomForSome, roomForNone = 1 << 20, 0
	temporary := t.TempDir()
	for _, tt := range []struct {
		name   string
		room   int
		folder string
		file   bool
	}{
		{"all in memory", inMemory, temporary, false},
		{"some in a file", roomForSome, temporary, true},
		{"all in a file", roomForNone, temporary, true},
		{"no file to be had", roomForNone, filepath.Join(temporary, "is not there"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("TMPDIR", tt.folder)
			s, err := New()
			if err != nil {
				t.Fatal(err)
			}
			s.blocks.room = tt.room
			list := incompressible(100)
			for _, text := range list {
				if !s.Add(scanner.Digest(text), text) {
					t.Fatal("a new text is taken for a known one")
				}
			}
			if inFile := s.blocks.file != nil; inFile != tt.file {
				t.Errorf("a file was made: %t", inFile)
			}
			for _, i := range []int{99, 0, 98, 1, 50, 51, 52, 99} {
				got, ok, err := s.Get(scanner.Digest(list[i]))
				if err != nil || !ok || got != list[i] {
					t.Fatalf("text %d of 100 does not come back: %v, %v", i, ok, err)
				}
			}
			if s.Add(scanner.Digest(list[0]), list[0]) {
				t.Error("a known text is taken for a new one")
			}
			left, err := os.ReadDir(temporary)
			if err != nil || len(left) > 0 {
				t.Errorf("there are left %v, %v", left, err)
			}
		})
	}
}
