package reporters_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/trailguard/trailguard/reporters"
)

// BenchmarkFormats writes 10,000 exports with three findings each.
func BenchmarkFormats(b *testing.B) {
	r := bigReport(10000)
	for _, name := range reporters.Formats() {
		report, _ := reporters.Lookup(name)
		b.Run(fmt.Sprintf("%s/findings=%d", name, len(r.Findings)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := report(io.Discard, r, reporters.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
