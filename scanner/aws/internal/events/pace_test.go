package events

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: whatever comes at once, an account and region is asked twice a second.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(Every)
		start := time.Now()
		for range 9 {
			release, err := p.Hold(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			release()
		}
		if took := time.Since(start); took != 8*Every {
			t.Errorf("nine calls took %s, want %s", took, 8*Every)
		}
	})
}
