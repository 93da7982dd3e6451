package trail_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
)

var update = flag.Bool("update", false, "rewrite docs/writing.md")

const page = "../../../../docs/writing.md"

// TestWritingDocument compares the page with the list.
func TestWritingDocument(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# What counts as writing to the trail, and as reading it

Generated from package trail; ` + "`make docs`" + ` rewrites it. The rule [no_foreign_writers](rules.md#no_foreign_writers) asks of
each of these actions whether a bucket policy lets somebody of another account do it. Of an access control list, WRITE,
WRITE_ACP and FULL_CONTROL count.

`)
	table(t, &b, trail.Harmful(), "what it does to the trail")
	b.WriteString(`
Of each of these [no_foreign_readers](rules.md#no_foreign_readers) asks whether somebody of another account may do it who is
not declared in expect.readers. Of an access control list, READ, READ_ACP and FULL_CONTROL count; so does a replication rule
that copies what is under the path to a bucket of another account.

`)
	table(t, &b, trail.Revealing(), "what it tells")
	if *update {
		if err := os.WriteFile(page, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Error("docs/writing.md is not what package trail says: run make docs")
	}
}

// table writes a list of actions, and finds mistakes in it.
func table(t *testing.T, b *bytes.Buffer, actions []trail.Action, does string) {
	t.Helper()
	fmt.Fprintf(b, "| action | on | %s |\n|---|---|---|\n", does)
	seen := map[string]bool{}
	name := regexp.MustCompile(`^s3:[A-Z][A-Za-z]+$`)
	for _, a := range actions {
		if !name.MatchString(a.Name) || seen[a.Name] || a.Does == "" {
			t.Errorf("%+v is no action, listed twice or without a reason", a)
		}
		seen[a.Name] = true
		on := "objects"
		if a.Bucket {
			on = "the bucket"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", a.Name, on, a.Does)
	}
}
