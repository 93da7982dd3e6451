package snapshot_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// The lines of a snapshot of one testRecord: header 1, tenants 2 and 3,
// documents 4 to 6, export 7, trailer 8.
const exportAt, trailerAt = 7, 8

func TestEveryAlterationIsRefused(t *testing.T) {
	whole := string(write(t, testRecord(0)))
	lines := strings.SplitAfter(whole, "\n")
	without := func(n int) string { return strings.Join(lines[:n-1], "") + strings.Join(lines[n:], "") }
	replace := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("nothing to alter: %q", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	tests := []struct {
		name, text string
		line       int
		words      []string
	}{
		{"empty", "", 0, []string{"empty"}},
		{"HTML", "<html>\n", 1, []string{"not a snapshot", "trailguard snapshot"}},
		{"JSON of something else", `{"results":[]}` + "\n", 1, []string{"not a snapshot"}},
		{"binary without a line", strings.Repeat("\x00", 1000), 1, []string{"not a snapshot"}},
		{"another format", replace(`"trailguard-snapshot"`, `"other"`), 1, []string{`"other"`}},
		{"a future version", replace(`"formatVersion":1,`, `"formatVersion":4,"new":true,`), 1, []string{"formatVersion 4", "reads 1 to 3", "later one"}},
		{"no version", replace(`"formatVersion":1,`, ``), 1, []string{"formatVersion 0"}},
		{"unknown field in the header", replace(`"toolVersion"`, `"tool"`), 1, []string{`unknown field "/tool"`}},
		{"header cut off", lines[0][:40], 1, []string{"cut off"}},
		{"tenant twice", lines[0] + lines[1] + whole[len(lines[0]):], 3, []string{`tenant "acme" for the second time`}},
		{"tenant too late", strings.Join(lines[:4], "") + lines[1], 5, []string{"a tenant after"}},
		{"second header", strings.Join(lines[:4], "") + lines[0], 5, []string{"a second header"}},
		{"unknown type", replace(`{"record":"document"`, `{"record":"surprise"`), 4, []string{`"surprise"`}},
		{"another field first", replace(`{"record":"document",`, `{ "record":"document",`), 4, []string{"not a record"}},
		{"unknown field", replace(`"connectionStatus"`, `"connection"`), exportAt, []string{`unknown field "/configuration/connection"`}},
		{"name in another case", replace(`"enabled":true`, `"Enabled":true`), exportAt, []string{"unknown field"}},
		{"duplicate name", replace(`"enabled":true`, `"enabled":true,"enabled":false`), exportAt, []string{"/configuration/enabled", "given twice"}},
		{"wrong type", replace(`"enabled":true`, `"enabled":"yes"`), exportAt, []string{"/configuration/enabled"}},
		{"document altered", replace(`"{\"Statement\":[]}"`, `"{\"Statement\":[1]}"`), 4, []string{"does not match its digest"}},
		{"document twice", strings.Join(lines[:4], "") + strings.Join(lines[3:], ""), 5, []string{"second time"}},
		{"document missing", without(4), exportAt - 1, []string{"bucket_policy", "no earlier line"}},
		{"export missing", without(exportAt), trailerAt - 1, []string{"counts 1 exports, and 0"}},
		{"tenant missing", without(3), trailerAt - 1, []string{"counts 2 tenants, and 1"}},
		{"foreign tenant", replace(`"configuration":{"tenant":"acme"`, `"configuration":{"tenant":"evil"`), exportAt, []string{`"evil"`}},
		{"export altered", replace(`"EVERY_12_HOURS"`, `"EVERY_99_HOURS"`), trailerAt, []string{"does not match its digest"}},
		{"gap accepted", replace(`"reason":"denied","permission"`, `"reason":"denied","accepted":{"justification":"x"},"permission"`), exportAt, []string{"waivers file"}},
		{"absent with a document", replace(`"absent":true,"digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`,
			`"absent":true,"digest":"`+scanner.Digest(`{"Statement":[]}`)+`"`), exportAt, []string{"absent"}},
		{"trailer missing", without(trailerAt), exportAt, []string{"cut off"}},
		{"trailer respaced", strings.Join(lines[:7], "") + strings.Replace(lines[7], `"tenants":2`, `"tenants": 2`, 1), trailerAt, []string{"does not match its digest"}},
		{"trailer without newline", strings.TrimSuffix(whole, "\n"), trailerAt, []string{"cut off"}},
		{"data after the trailer", whole + "{}\n", trailerAt + 1, []string{"something follows"}},
		{"a second snapshot after the first", whole + whole, trailerAt + 1, []string{"something follows"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readAll(strings.NewReader(tt.text))
			wantRefusal(t, err, tt.line, append(tt.words, "test.jsonl")...)
			if regexp.MustCompile(`Go |snapshot\.|json:`).MatchString(err.Error()) {
				t.Errorf("error speaks of Go: %v", err)
			}
		})
	}
}

func TestNoPrefixIsASnapshot(t *testing.T) {
	whole := write(t, testRecord(0))
	for n := range whole {
		if _, _, err := readAll(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes are read as a whole snapshot", n, len(whole))
		}
	}
}

func TestNoFlippedBitGoesUnnoticed(t *testing.T) {
	whole := write(t, testRecord(0))
	for i := range whole {
		altered := bytes.Clone(whole)
		altered[i] ^= 1
		if _, _, err := readAll(bytes.NewReader(altered)); err == nil {
			t.Fatalf("byte %d altered from %q to %q is not noticed", i, whole[i], altered[i])
		}
	}
}

func TestLineThatNeverEnds(t *testing.T) {
	header, _, _ := bytes.Cut(write(t), []byte("\n"))
	var bomb bytes.Buffer
	enc, err := zstd.NewWriter(&bomb)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for _, chunk := range append([][]byte{header, []byte("\n")}, bytesTimes(zeros, 70)...) {
		if _, err := enc.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err = readAll(&bomb)
	wantRefusal(t, err, 2, "more than 64 MiB")
}

func TestWindowThatNeedsTooMuchMemory(t *testing.T) {
	var out bytes.Buffer
	enc, err := zstd.NewWriter(&out, zstd.WithWindowSize(256<<20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Write([]byte("{")); err != nil {
		t.Fatal(err)
	}
	// Before its end is known, the frame asks for the whole window.
	if err := enc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err = readAll(&out)
	wantRefusal(t, err, 0, "unreadable")
}

func bytesTimes(chunk []byte, n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = chunk
	}
	return list
}

// TestEveryListedExportHasItsRecord: an export that was never judged would count
// as fine, and of two records it is not known which is right.
func TestEveryListedExportHasItsRecord(t *testing.T) {
	whole := func(tenants []scanner.Tenant, interrupted bool, records ...scanner.Record) io.Reader {
		var out bytes.Buffer
		w, err := snapshot.NewWriter(&out, testHeader(), tenants)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			if err := w.Record(record); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(interrupted); err != nil {
			t.Fatal(err)
		}
		return &out
	}
	two := testTenants(testRecord(0), testRecord(1))
	_, _, err := readAll(whole(two, false, testRecord(0)))
	wantRefusal(t, err, trailerAt, `tenant "acme" lists export "id-1", and there is no record of it`)
	other := testRecord(0)
	other.Configuration.Enabled = false
	_, _, err = readAll(whole(two, false, testRecord(0), other))
	wantRefusal(t, err, trailerAt, `export "id-0" of tenant "acme" for the second time`)
	if _, _, err := readAll(whole(two, true, testRecord(0))); err != nil {
		t.Errorf("one that was interrupted: %v", err)
	}
}
