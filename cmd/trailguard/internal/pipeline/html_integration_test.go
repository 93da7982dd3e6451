//go:build integration

package pipeline_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestIntegrationPageOfManyExportsIsShownInTime measures until a browser has read the
// page and has drawn what stands at its top, over what it takes for an empty page.
func TestIntegrationPageOfManyExportsIsShownInTime(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	header, tenant, records := acme(t)
	shown := func(page []byte) time.Duration {
		dir := t.TempDir()
		file := filepath.Join(dir, "page.html")
		if err := os.WriteFile(file, page, 0o600); err != nil {
			t.Fatal(err)
		}
		best := time.Hour
		for range 5 { // other programs run, too
			begun := time.Now()
			// A container has no user namespaces, and hardly any shared memory.
			out, err := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--user-data-dir="+filepath.Join(dir, "profile"),
				"--window-size=1400,900", "--screenshot="+filepath.Join(dir, "shown.png"), "file://"+file).CombinedOutput()
			if err != nil {
				t.Fatalf("show: %v\n%s", err, out)
			}
			best = min(best, time.Since(begun))
		}
		return best
	}
	empty := shown([]byte("<!DOCTYPE html><title>empty</title>"))
	for _, tt := range fleets {
		_, page := fleetPage(t, header, tenant, records, tt.of)
		took := shown(page) - empty
		if t.Logf("%s: %v", tt.name, took); took > 2*time.Second {
			t.Errorf("%s: it takes %v to show the page, want 2 s at most", tt.name, took)
		}
	}
}
