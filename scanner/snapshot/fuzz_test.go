package snapshot_test

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/scanner/snapshot"
)

// FuzzReader: whatever the bytes, the reader returns; and what it accepts can
// be written again with the same digest.
func FuzzReader(f *testing.F) {
	whole := write(f, testRecord(0), testRecord(1))
	f.Add(whole)
	f.Add(write(f))
	f.Add(whole[:len(whole)/2])
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(enc.EncodeAll(whole, nil))
	if err := enc.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, records, err := readAll(bytes.NewReader(data))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		var out bytes.Buffer
		w, err := snapshot.NewWriter(&out, r.Header(), r.Tenants())
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			if err := w.Record(record); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(r.Interrupted()); err != nil {
			t.Fatal(err)
		}
		if _, again, err := readAll(&out); err != nil || len(again) != len(records) {
			t.Errorf("%d of %d records after writing again: %v", len(again), len(records), err)
		}
	})
}
