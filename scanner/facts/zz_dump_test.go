package facts_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

func TestZZDump(t *testing.T) {
	out := os.Getenv("ZZ_OUT")
	if out == "" {
		t.Skip()
	}
	f, _ := os.Create(out)
	defer f.Close()
	enc := json.NewEncoder(f)
	c := corpus()
	var names []string
	for n := range c {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		s, _ := c[n].subject(t)
		enc.Encode([]any{n, "full", s.Facts, s.Input})
		for i := range c[n].record.Evidence {
			w := degrade(c[n], func(j int) bool { return i == j })
			s, _ := w.subject(t)
			enc.Encode([]any{n, i, s.Facts, s.Input})
		}
	}
}
