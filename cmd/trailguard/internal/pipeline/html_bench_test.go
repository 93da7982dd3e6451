package pipeline_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkPageShown measures until a browser has read the page of 1,000 exports and
// has drawn what stands at its top, beyond what it takes for an empty page.
func BenchmarkPageShown(b *testing.B) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		b.Skip("chromium is not installed")
	}
	dir := b.TempDir()
	show := func(page []byte) time.Duration {
		file := filepath.Join(dir, "page.html")
		if err := os.WriteFile(file, page, 0o600); err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		// A container has no user namespaces, and hardly any shared memory.
		out, err := exec.CommandContext(b.Context(), browser, "--headless", "--no-sandbox", "--disable-dev-shm-usage",
			"--window-size=1400,900", "--screenshot="+filepath.Join(dir, "shown.png"), "file://"+file).CombinedOutput()
		if err != nil {
			b.Fatalf("show: %v\n%s", err, out)
		}
		return time.Since(begun)
	}
	for _, tt := range fleets {
		header, tenant, records := fleetOf(b, tt.organized)
		_, page := fleetPage(b, header, tenant, records, tt.of)
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				empty := show([]byte("<!DOCTYPE html><title>empty</title>"))
				b.ReportMetric((show(page) - empty).Seconds(), "s/page")
			}
			b.ReportMetric(float64(len(page))/1e6, "MB/page")
		})
	}
}
