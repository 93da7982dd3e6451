package snapshot_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// requested is a testRecord whose evidence came from requests with ids, but for one.
func requested(i int) scanner.Record {
	r := testRecord(i)
	for k := range r.Evidence[1:] {
		r.Evidence[k].RequestID = fmt.Sprintf("REQUEST%d-%d", i, k)
	}
	return r
}

// writeRequested writes a snapshot that may hold ids of requests.
func writeRequested(t *testing.T, records ...scanner.Record) (text, digest string) {
	t.Helper()
	h := testHeader()
	h.Requests = true
	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, h, testTenants(records...))
	for i := range records {
		if err == nil {
			err = w.Record(records[i])
		}
	}
	if err == nil {
		digest, err = w.Close(false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), digest
}

// TestRequestsAreKeptAndChangeNothing: what was read comes back with the ids, and a
// snapshot without them is the same one.
func TestRequestsAreKeptAndChangeNothing(t *testing.T) {
	want := []scanner.Record{requested(0), testRecord(1), requested(2)}
	text, digest := writeRequested(t, want...)
	r, got, err := readAll(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !r.Header().Requests || r.Digest() != digest {
		t.Errorf("header %+v, digest %s, want %s", r.Header(), r.Digest(), digest)
	}
	bare, other := writeRequested(t, testRecord(0), testRecord(1), testRecord(2))
	if digest != other || strings.Contains(bare, "requests") {
		t.Errorf("without ids the digest is %s, with them %s:\n%s", other, digest, bare)
	}
	if _, _, err := readAll(strings.NewReader(bare)); err != nil {
		t.Error(err)
	}
}

// TestEveryAlterationOfRequestsIsRefused: header 1, tenants 2 and 3, documents 4 to 6,
// requests 7, export 8, trailer 9, trailer of the requests 10.
func TestEveryAlterationOfRequestsIsRefused(t *testing.T) {
	whole, _ := writeRequested(t, requested(0))
	lines := strings.SplitAfter(whole, "\n")
	if len(lines) != 11 || !strings.HasPrefix(lines[6], `{"record":"requests","export":"id-0","ids":["REQUEST0-0",`) {
		t.Fatalf("%d lines, the seventh is %s", len(lines)-1, lines[6])
	}
	without := func(n int) string { return strings.Join(lines[:n-1], "") + strings.Join(lines[n:], "") }
	replace := func(old, new string) string { return strings.Replace(whole, old, new, 1) }
	for name, tt := range map[string]struct {
		text string
		line int
		word string
	}{
		"an id":                          {replace("REQUEST0-0", "REQUEST9-0"), 10, "ids of requests do not match their digest"},
		"one id fewer":                   {replace(`"REQUEST0-0",`, ""), 8, "with 3 ids"},
		"of another export":              {replace(`"requests","export":"id-0"`, `"requests","export":"id-1"`), 8, `requests of export "id-1"`},
		"the line dropped":               {without(7), 9, "something follows the trailer"},
		"its trailer dropped":            {without(10), 9, "cut off"},
		"its trailer respaced":           {replace(`"requestsTrailer",`, `"requestsTrailer", `), 10, "do not match"},
		"twice":                          {strings.Join(lines[:7], "") + strings.Join(lines[6:], ""), 8, "nothing follows about it"},
		"nothing after it":               {strings.Join(lines[:7], "") + strings.Replace(lines[8], `"exports":1`, `"exports":0`, 1), 8, ""},
		"in a version that has them not": {replace(`"formatVersion":3`, `"formatVersion":2`), 7, "which formatVersion 2 does not have"},
		"what is no line of requests":    {replace(`"ids":[`, `"id":[`), 7, "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(strings.NewReader(tt.text))
			wantRefusal(t, err, tt.line, tt.word)
		})
	}
}
