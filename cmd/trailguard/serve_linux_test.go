package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
)

// resident is how much memory a process has that is its own, in MB, and how many files
// it has open. Pages of the program's file, which the system drops as it likes, are not
// counted: a test's program has more of them.
func (s *serving) resident(t *testing.T) (memory, files int) {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	open, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	kilobytes := regexp.MustCompile(`RssAnon:\s+(\d+) kB`).FindStringSubmatch(readText(t, proc+"status"))
	if kilobytes == nil {
		t.Fatal("the system does not say how much memory the process has")
	}
	n, err := strconv.Atoi(kilobytes[1])
	if err != nil {
		t.Fatal(err)
	}
	return n >> 10, len(open)
}

// Scans leave nothing behind in a service but what they record: no file, no memory, and no
// goroutine, however many there were. Between scans it takes less than 100 MB.
func TestServeDoesNotGrow(t *testing.T) {
	short.Skip(t)
	if testing.Short() {
		t.Skip("it scans many times")
	}
	const some, all = 5, 30
	p, server := newSandboxed(t, sandbox.Options{})
	var tenants strings.Builder
	for i := range all { // each is scanned at the start, one after the other
		fmt.Fprintf(&tenants, "  - { name: t%d, url: %q, apiKey: env:IMMUTA_API_KEY }\n", i, server.URL())
	}
	p.write(t, "trailguard.yaml", strings.Replace(service(server, ""), "\naws:\n", "\n"+tenants.String()+"aws:\n", 1))
	s := p.serve(t)
	s.says(t, scanEnded, some)
	_, files := s.resident(t)
	s.says(t, scanEnded, all+1) // the sandbox's own tenant, too
	time.Sleep(2 * time.Second) // connections end
	memory, left := s.resident(t)
	t.Logf("after %d scans: %d MB, %d open files (after %d: %d)", all+1, memory, left, some, files)
	if memory >= 100 {
		t.Errorf("between scans it takes %d MB", memory)
	}
	if left > files+5 {
		t.Errorf("%d files are open after %d scans, %d after %d", left, all+1, files, some)
	}
	s.signal(t, syscall.SIGQUIT) // it tells of each goroutine
	s.wait(t)
	if n := strings.Count(s.said(), "\ngoroutine "); n == 0 || n > 40 {
		t.Errorf("%d goroutines are left after %d scans:\n%s", n, all+1, s.said())
	}
}
