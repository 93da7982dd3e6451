package pick_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
)

func TestOne(t *testing.T) {
	known := []string{"3f5a8c2e-97d4", "3f5a8c2e-0000", "short", "0b6e4d2a-77c1", "0b6e4d2a-77c1-more"}
	for name, want := range map[string]string{
		"3f5a8c2e-97d4": "3f5a8c2e-97d4", "3f5a8c2e-9": "3f5a8c2e-97d4", "short": "short",
		"0b6e4d2a-77c1": "0b6e4d2a-77c1", // whole, though another begins with it
		"3f5a8c2e":      `error: export "3f5a8c2e" may be 3f5a8c2e-0000, 3f5a8c2e-97d4: write more of it`,
		"3f5a8c2":       "", "other-name": "", "": "",
	} {
		got, err := pick.One("export", name, known)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	var many []string
	for _, c := range strings.Split("abcdefgh", "") {
		many = append(many, "12345678"+c)
	}
	if _, err := pick.One("x", "12345678", many); err == nil || !strings.Contains(err.Error(), "and 3 more") {
		t.Errorf("error %v", err)
	}
}
