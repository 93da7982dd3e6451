package history_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/trailguard/trailguard/scanner/snapshot"
)

// TestRequestsAreNoChange: other ids of requests, and other times, are no change of an
// export, take no room, and the snapshot comes back with the digest that it had.
func TestRequestsAreNoChange(t *testing.T) {
	sizes := map[bool]int64{}
	for _, told := range []bool{false, true} {
		s, w := newStore(t), newWorld(3*shardSize)
		w.requests = told
		first := recordRun(t, s, w)
		w.day++
		second := recordRun(t, s, w)
		if c, err := s.Changes(t.Context(), first, second); err != nil || len(c.Exports) != 0 {
			t.Errorf("requests told %t: changes %+v, %v", told, c, err)
		}
		verify(t, s)
		original, digest := w.snapshot(t)
		text := export(t, s, second)
		if bytes.Contains(original, []byte(`"requests"`)) != told || bytes.Contains(text, []byte(`"requests"`)) {
			t.Errorf("requests told %t: the snapshot or what came back is wrong about them", told)
		}
		r, err := snapshot.NewReader(bytes.NewReader(text), "export")
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, io.EOF) || r.Digest() != digest {
			t.Errorf("requests told %t: %v, the digest is %s, and was %s", told, err, r.Digest(), digest)
		}
		if sizes[told], err = s.ContentBytes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// Nothing but the version in the header differs.
	if more := sizes[true] - sizes[false]; more < -16 || more > 16 {
		t.Errorf("%d bytes more are kept where requests are told", more)
	}
}
