package generation_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/internal/generation"
)

func TestWhatIsUsedStays(t *testing.T) {
	c := generation.New[int](2, func(string) int { return 1 })
	for i := range 10 {
		c.Put(i, "text")
		if _, ok := c.Get(0); !ok {
			t.Fatalf("what is used all the time was forgotten after %d others", i)
		}
	}
	if _, ok := c.Get(1); ok {
		t.Error("what was not used for two generations is still there")
	}
}

func TestWeightsCount(t *testing.T) {
	c := generation.New[int](8, func(s string) int { return len(s) })
	c.Put(1, "123456")
	c.Put(2, "123456")
	c.Put(3, "123456")
	if _, ok := c.Get(1); ok {
		t.Error("two generations of eight bytes hold eighteen")
	}
	if v, ok := c.Get(3); !ok || v != "123456" {
		t.Errorf("got %q", v)
	}
}
