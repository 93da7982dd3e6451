package body_test

import (
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
	alike := record(monday, "a")
	alike.Evidence = alike.Evidence[:2]
	for name, r := range map[string]*scanner.Record{
		"whole": record(monday, "b\n\"\u2028"), "one time": alike, "nothing": empty, "no text": record(monday, ""), "broken": record(monday, "not \xff UTF-8"),
	} {
		moves, still, err := body.Split(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := body.Join(moves, still)
		if diff := cmp.Diff(kept(r), got); err != nil || diff != "" {
			t.Errorf("%s: what comes back (-want +got), %v:\n%s", name, err, diff)
		}
	}
}

// TestStill shows that the second text stays the same while nothing changes.
func TestStill(t *testing.T) {
	first, one, err := body.Split(record(monday, "a"))
	if err != nil {
		t.Fatal(err)
	}
	second, two, err := body.Split(record(monday.AddDate(0, 0, 1), "b"))
	if err != nil {
		t.Fatal(err)
	}
	if one != two || string(first) == string(second) {
		t.Errorf("a day later:\n%s\n%s\n%s\n%s", first, second, one, two)
	}
	// The use of a role or a key is no change; the deactivation of a key is.
	used := func(role, key, status string) string {
		t.Helper()
		r := record(monday, "a")
		r.Evidence = append(r.Evidence,
			scanner.NewEvidence(document.KindRole, "iam:GetRole", "arn:aws:iam::1:role/b", "", `{"Role":{"RoleId":"AROA1","MaxSessionDuration":3600,"RoleLastUsed":"`+role+`"}}`, monday),
			scanner.NewEvidence(document.KindAccessKeys, "iam:ListAccessKeys", "arn:aws:iam::1:user/a", "", `{"AccessKeyMetadata":[{"AccessKeyId":"A","Status":"`+status+`","LastUsedDate":"`+key+`"}]}`, monday))
		_, still, err := body.Split(r)
		if err != nil {
			t.Fatal(err)
		}
		return still
	}
	if used("1", "1", "Active") != used("2", "2", "Active") {
		t.Errorf("use is a change:\n%s\n%s", used("1", "1", "Active"), used("2", "2", "Active"))
	}
	if used("1", "1", "Active") == used("1", "1", "Inactive") {
		t.Error("a key that was deactivated is no change")
	}
	changed := record(monday, "a")
	changed.Evidence[0] = scanner.NewEvidence(document.KindBucketPolicy, "s3:GetBucketPolicy", "arn:aws:s3:::a", "", `{"Statement":[{}]}`, monday)
	if _, three, err := body.Split(changed); err != nil || one == three {
		t.Errorf("another policy makes no difference: %v", err)
	}
}

func TestDigestOfAnotherText(t *testing.T) {
	r := record(monday, "a")
	r.Evidence[1].Digest = scanner.Digest("b")
	if _, _, err := body.Split(r); err == nil {
		t.Error("a document is kept under another's digest")
	}
}

func TestDamage(t *testing.T) {
	moves, still, err := body.Split(record(monday, "a"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string][2]string{
		"moving cut off":    {string(moves[:len(moves)-1]), still},
		"still cut off":     {string(moves), still[:len(still)-1]},
		"nothing":           {"", ""},
		"no time at all":    {`{"times":[],"documents":["a"],"requests":["r"]}`, still},
		"no first time":     {`{"times":[""],"documents":["a"],"requests":["r"]}`, still},
		"too many times":    {`{"times":["2026-03-02T06:00:00Z","","","",""],"documents":["a"],"requests":["r"]}`, still},
		"no time":           {`{"times":["x"],"documents":["a"],"requests":["r"]}`, still},
		"no document":       {`{"times":["2026-03-02T06:00:00Z"],"requests":["r"]}`, still},
		"too few requests":  {`{"times":["2026-03-02T06:00:00Z"],"documents":["a"]}`, still},
		"too many requests": {`{"times":["2026-03-02T06:00:00Z"],"documents":["a"],"requests":["r","s"]}`, still},
	} {
		if _, err := body.Join([]byte(tt[0]), tt[1]); !errors.Is(err, body.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzJoin(f *testing.F) {
	for _, delivered := range []string{"a", ""} {
		moves, still, err := body.Split(record(monday, delivered))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(moves, still)
	}
	f.Fuzz(func(t *testing.T, moves []byte, still string) {
		r, err := body.Join(moves, still)
		if err != nil {
			return
		}
		moves, still, err = body.Split(r)
		if err != nil {
			return // a text that is elsewhere, or an invalid digest
		}
		if _, err := body.Join(moves, still); err != nil {
			t.Errorf("what was read cannot be read again: %v\n%s\n%s", err, moves, still)
		}
	})
}
