package body_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

var monday = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

// record is one whose times differ, with a gap, something that is absent, and
// a delivery.
func record(at time.Time, delivered string) *scanner.Record {
	return &scanner.Record{
		Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: "one", Enabled: true},
		Evidence: []scanner.Evidence{
			scanner.NewEvidence(document.KindBucketPolicy, "s3:GetBucketPolicy", "arn:aws:s3:::a", "", `{"Statement":[]}`, at),
			scanner.NewEvidence(document.KindDelivery, "s3:ListObjectsV2", "arn:aws:s3:::a", "", delivered, at),
			scanner.NewAbsence(document.KindLifecycle, "s3:GetBucketLifecycleConfiguration", "arn:aws:s3:::a", "", at.Add(time.Second)),
			scanner.NewEvidence(document.KindRole, "iam:GetRole", "arn:aws:iam::1:role/a", "", `{"Role":{}}`, at.Add(time.Second)),
		},
		Gaps: []scanner.Gap{{Kind: document.KindKeyPolicy, Call: "kms:GetKeyPolicy", Reason: scanner.ReasonDenied, RequestID: "request " + at.String()}},
	}
}

// kept is a record as it comes back: without the texts that are elsewhere.
func kept(r *scanner.Record) *scanner.Record {
	for i := range r.Evidence {
		if !body.Inline(&r.Evidence[i]) {
			r.Evidence[i].Text = ""
		}
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	empty := &scanner.Record{Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: "two"}, Evidence: []scanner.Evidence{}, Gaps: nil}
	broken := record(monday, "not \xff UTF-8")
	first, err := encode(nil, record(monday, "a"), empty, broken)
	if err != nil {
		t.Fatal(err)
	}
	base := body.ParseBase(first)
	day := monday.AddDate(0, 0, 1)
	second, err := encode(base, record(day, "b\n\"\u2028"), empty, record(day, ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(second, []byte("\n=")); got != 2 {
		t.Errorf("%d records are the same as on the day before:\n%s", got, second)
	}
	var none *body.Base
	for _, tt := range []struct {
		base *body.Base
		text []byte
		want []*scanner.Record
	}{
		{none, first, []*scanner.Record{kept(record(monday, "a")), empty, kept(broken)}},
		{base, second, []*scanner.Record{kept(record(day, "b\n\"\u2028")), empty, kept(record(day, ""))}},
	} {
		got, err := tt.base.Decode(tt.text)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("what comes back (-want +got), %v:\n%s", err, diff)
		}
	}
}

func encode(base *body.Base, records ...*scanner.Record) (text []byte, err error) {
	for _, r := range records {
		line, err := base.Encode(r)
		if err != nil {
			return nil, err
		}
		text = append(text, line.Text...)
	}
	return text, nil
}

func TestDigestOfAnotherText(t *testing.T) {
	r := record(monday, "a")
	r.Evidence[1].Digest = scanner.Digest("b")
	if _, err := encode(nil, r); err == nil {
		t.Error("a document is kept under another's digest")
	}
}

func TestDamage(t *testing.T) {
	text, err := encode(nil, record(monday, "a"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	var none *body.Base
	for name, damaged := range map[string][]byte{
		"cut off":          text[:len(text)-1],
		"one line":         lines[0],
		"no JSON":          append([]byte("x\n"), lines[1]...),
		"reference":        append(bytes.Clone(lines[0]), "=0\n"...),
		"negative":         append(bytes.Clone(lines[0]), "=-1\n"...),
		"too few times":    append([]byte(`{"times":[],"documents":["a"],"requests":["r"]}`+"\n"), lines[1]...),
		"no time":          append([]byte(`{"times":["x"],"documents":["a"],"requests":["r"]}`+"\n"), lines[1]...),
		"no document":      append([]byte(`{"times":["2026-03-02T06:00:00Z"],"requests":["r"]}`+"\n"), lines[1]...),
		"too few requests": append([]byte(`{"times":["2026-03-02T06:00:00Z"],"documents":["a"]}`+"\n"), lines[1]...),
	} {
		if _, err := none.Decode(damaged); !errors.Is(err, body.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	first, err := encode(nil, record(monday, "a"), record(monday, ""))
	if err != nil {
		f.Fatal(err)
	}
	base := body.ParseBase(first)
	second, err := encode(base, record(monday, "b"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first)
	f.Add(second)
	f.Fuzz(func(t *testing.T, text []byte) {
		records, err := base.Decode(text)
		if err != nil {
			return
		}
		again, err := encode(base, records...)
		if err != nil {
			return // a text that is elsewhere, or a digest that is none
		}
		if _, err := base.Decode(again); err != nil {
			t.Errorf("what was read cannot be read again: %v\n%s", err, again)
		}
	})
}
