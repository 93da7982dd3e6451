package reporters_test

import (
	"os"
	"testing"

	"github.com/trailguard/trailguard/reporters"
)

func TestDump(t *testing.T) {
	for name, r := range cases() {
		for _, f := range reporters.Formats() {
			os.WriteFile("/tmp/rep/"+name+"."+f, []byte(render(t, f, r(), reporters.Options{})), 0o600)
		}
	}
	for _, f := range reporters.Formats() {
		os.WriteFile("/tmp/rep/huge."+f, []byte(render(t, f, bigReport(10000), reporters.Options{})), 0o600)
	}
}
