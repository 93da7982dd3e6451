package facts_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/trailguard/trailguard/scanner/facts"
)

// TestConcurrentRecords derives side by side what one after the other gives,
// byte for byte.
func TestConcurrentRecords(t *testing.T) {
	w := sizeable()
	subject, _ := w.subject(t)
	want := written(t, subject)
	d := facts.New(w.options)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if got := written(t, d.Record(&w.record, nil)); !bytes.Equal(got, want) {
					t.Errorf("got %s", got)
				}
			}
		})
	}
	all.Wait()
	s, err := d.Tenant(&w.options.Tenants[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	if in := input(t, s); in.Facts.TenantExports.Value.Total != 40 {
		t.Errorf("counted %+v", in.Facts.TenantExports.Value)
	}
}
