package crash_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/crash"
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

func TestGroup(t *testing.T) {
	work := func(f func()) (err error) {
		defer crash.Catch(&err)
		var outer, inner crash.Group
		outer.Go(func() {
			inner.Go(func() {})
			inner.Go(f)
			inner.Wait()
		})
		outer.Wait()
		return nil
	}
	if err := work(func() {}); err != nil {
		t.Errorf("without a panic: %v", err)
	}
	var fault *crash.Error
	if err := work(func() { panic("deep down") }); !errors.As(err, &fault) || !strings.Contains(err.Error(), "deep down") {
		t.Fatalf("error %v", err)
	}
	if !strings.Contains(string(fault.Stack), "crash_test.go") {
		t.Errorf("the stack is not that of where it began:\n%s", fault.Stack)
	}
}
