package crash_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/crash"
)

func TestCatch(t *testing.T) {
	secret := errors.New("password=hunter2")
	var none []int
	for name, tt := range map[string]struct {
		fault func() error
		says  string
	}{
		"index":          {func() error { return errors.New(strings.Repeat("x", none[len(none)])) }, "index out of range"},
		"text":           {func() error { panic("encode: no way") }, "encode: no way"},
		"value":          {func() error { panic(secret) }, "panic with *errors.errorString"},
		"none":           {func() error { return nil }, ""},
		"ordinary error": {func() error { return io.EOF }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			err := func() (err error) {
				defer crash.Catch(&err)
				return tt.fault()
			}()
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("error %v, want %q", err, tt.says)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("it shows what a value holds")
			}
			var fault *crash.Error
			if errors.As(err, &fault) && !strings.Contains(string(fault.Stack), "crash_test.go") {
				t.Errorf("the stack does not name the place:\n%s", fault.Stack)
			}
		})
	}
}
