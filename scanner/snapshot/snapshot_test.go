package snapshot_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	want := []scanner.Record{testRecord(0), testRecord(1), testRecord(2)}
	r, got, err := readAll(bytes.NewReader(write(t, want...)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("records:\n" + diff)
	}
	if diff := cmp.Diff(testTenants(want...), r.Tenants()); diff != "" {
		t.Error("tenants:\n" + diff)
	}
	header := r.Header()
	header.Settings.Expect["acme"] = testHeader().Settings.Expect["acme"]
	if diff := cmp.Diff(testHeader(), header); diff != "" {
		t.Error("header:\n" + diff)
	}
}

// fill gives every field of a value something to lose.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"x":7}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		element := reflect.New(v.Type().Elem()).Elem()
		fill(element)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("x"), element)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(collected))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
	}
}

func TestNoFieldIsLost(t *testing.T) {
	var header scanner.Header
	var tenant scanner.Tenant
	var record scanner.Record
	fill(reflect.ValueOf(&header).Elem())
	fill(reflect.ValueOf(&tenant).Elem())
	fill(reflect.ValueOf(&record).Elem())
	e := &record.Evidence[0]
	e.Absent, e.Digest = false, scanner.Digest(e.Text)
	record.Evidence = append(record.Evidence, scanner.NewAbsence("y", "y", "y", "y", collected))

	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, header, []scanner.Tenant{tenant})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Record(record); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	r, records, err := readAll(&out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{header, []scanner.Tenant{tenant}, []scanner.Record{record}}, []any{r.Header(), r.Tenants(), records}); diff != "" {
		t.Error(diff)
	}
	if !r.Interrupted() {
		t.Error("the reader does not say that the run was interrupted")
	}
}

func TestSameRecordsSameBytes(t *testing.T) {
	record := testRecord(0)
	record.Gaps = append(record.Gaps, scanner.Gap{Kind: document.KindACL, Resource: "b"}, scanner.Gap{Kind: document.KindACL, Resource: "a"})
	first := write(t, record, testRecord(1))
	slices.Reverse(record.Evidence)
	slices.Reverse(record.Gaps)
	record.Gaps[0].Accepted = &scanner.Waiver{Justification: "judging's part"}
	for range 5 {
		if again := write(t, record, testRecord(1)); !bytes.Equal(first, again) {
			t.Fatalf("bytes differ:\n%s\n%s", first, again)
		}
	}
	if n := bytes.Count(first, []byte(`{"record":"document"`)); n != 4 {
		t.Errorf("%d documents were written, want 4: each distinct text once", n)
	}
}

func TestCopyHasTheSameDigest(t *testing.T) {
	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, testHeader(), testTenants(testRecord(1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Record(testRecord(1)); err != nil {
		t.Fatal(err)
	}
	digest, err := w.Close(false)
	if err != nil {
		t.Fatal(err)
	}
	original := bytes.Clone(out.Bytes())
	r, records, err := readAll(&out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Digest() != digest {
		t.Errorf("the reader's digest is %s, the writer's %s", r.Digest(), digest)
	}
	if sum, err := hex.DecodeString(digest); err != nil || len(sum) != 32 {
		t.Errorf("digest %q is not a SHA-256", digest)
	}
	if again := write(t, records...); !bytes.Equal(original, again) {
		t.Errorf("the copy differs:\n%s\n%s", original, again)
	}
}

func TestInterruptedCannotBeStrippedUnnoticed(t *testing.T) {
	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, testHeader(), testTenants())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(out.String(), `"interrupted":true`, `"interrupted":false`, 1)
	_, _, err = readAll(strings.NewReader(text))
	wantRefusal(t, err, 4, "does not match its digest")
}

func TestWriterRefusesWhatCouldNotBeRead(t *testing.T) {
	tests := map[string]func(*scanner.Record){
		"which the snapshot does not list": func(r *scanner.Record) { r.Configuration.Tenant = "nobody" },
		"not that of the text":             func(r *scanner.Record) { r.Evidence[0].Text += " " },
		"absent, and yet with a text": func(r *scanner.Record) {
			r.Evidence[2].Text, r.Evidence[2].Digest = "x", scanner.Digest("x")
		},
		"two different documents": func(r *scanner.Record) {
			r.Evidence = append(r.Evidence, scanner.NewEvidence(document.KindBucketPolicy, "", "arn:aws:s3:::audit", "", "other", collected))
		},
	}
	for want, spoil := range tests {
		w, err := snapshot.NewWriter(&bytes.Buffer{}, testHeader(), testTenants())
		if err != nil {
			t.Fatal(err)
		}
		record := testRecord(0)
		spoil(&record)
		if err := w.Record(record); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
		if _, err := w.Close(false); err == nil {
			t.Errorf("%s: the snapshot was closed as if nothing had happened", want)
		}
	}
	twice := append(testTenants(), testTenants()[0])
	if _, err := snapshot.NewWriter(&bytes.Buffer{}, testHeader(), twice); err == nil {
		t.Error("a tenant may be listed twice")
	}
}

func TestTheSameDocumentTwiceIsKeptOnce(t *testing.T) {
	record := testRecord(0)
	record.Evidence = append(record.Evidence, record.Evidence...)
	_, records, err := readAll(bytes.NewReader(write(t, record)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(testRecord(0).Evidence, records[0].Evidence); diff != "" {
		t.Error(diff)
	}
}
