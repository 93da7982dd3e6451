package arrivals_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/arrivals"
	"github.com/trailguard/trailguard/scanner/document"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

// Objects are listed by key, which says nothing about when they arrived.
func TestDays(t *testing.T) {
	a := arrivals.From(at("2026-11-20 12:00"), map[string]scanner.Expect{"one": {ContinuityDays: 2}, "other": {ContinuityDays: 40}})
	a.Add(at("2026-11-20 09:00"), 5)
	a.Add(at("2026-11-18 23:00"), 1)
	a.Add(at("2026-11-18 02:00"), 2)
	a.Add(at("2026-11-18 14:00"), 3)
	a.Add(at("2026-11-20 08:00"), 4)
	a.Add(at("2026-10-11 00:00"), 6)
	a.Add(at("2026-10-10 23:59"), 7) // before the most patient tenant's days
	var doc document.Delivery
	a.Describe(&doc)
	got, err := json.Marshal(doc.Days)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"Day":"2026-10-11","Objects":1,"Bytes":6,"First":"2026-10-11T00:00:00Z","Last":"2026-10-11T00:00:00Z"},` +
		`{"Day":"2026-11-18","Objects":3,"Bytes":6,"First":"2026-11-18T02:00:00Z","Last":"2026-11-18T23:00:00Z","Silence":{"From":"2026-11-18T02:00:00Z","To":"2026-11-18T14:00:00Z"}},` +
		`{"Day":"2026-11-20","Objects":2,"Bytes":9,"First":"2026-11-20T08:00:00Z","Last":"2026-11-20T09:00:00Z"}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := at("2026-10-11 00:00"); !doc.Since.Equal(want) || !doc.Days[0].First.Equal(want) {
		t.Errorf("counted since %s, want %s", doc.Since, want)
	}
}

func TestUnlessSet(t *testing.T) {
	var doc document.Delivery
	arrivals.From(at("2026-11-20 12:00"), nil).Describe(&doc)
	if want := at("2026-10-16 00:00"); !doc.Since.Equal(want) || doc.Days != nil {
		t.Errorf("counted since %s, want %s, without days", doc.Since, want)
	}
}
