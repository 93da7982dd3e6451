package facts_test

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// The tests' now is noon of 20 November 2026.
func keyOf(id, status, created string) string {
	return `{"AccessKeyId":"…` + id + `","Status":"` + status + `","CreateDate":"` + created + `"}`
}

func holds(list ...string) func(*world) {
	return func(w *world) {
		all := ""
		for i, key := range list {
			if i > 0 {
				all += ","
			}
			all += key
		}
		w.keys(all)
	}
}

var keyAgeScenarios = map[string]scenario{
	"a day before the limit": {base: withUser, do: holds(keyOf("OLD0", "Active", "2026-08-23T12:00:00Z"))},
	"on the limit": {
		base: withUser, do: holds(keyOf("OLD0", "Active", "2026-08-22T12:00:00Z")),
		want: expectation{"key_age": bad}, fact: "key_age", says: "key …OLD0 was created 2026-08-22T12:00:00Z, 90 days ago",
	},
	"an own limit": {
		base: withUser,
		do:   func(w *world) { w.expect(func(x *scanner.Expect) { x.AccessKeyMaxAgeDays = 30 }) },
		want: expectation{"key_age": bad}, fact: "key_age", says: `"max_days":30`,
	},
	"in the midst of a rotation": {base: withUser, do: holds(keyOf("OLD0", "Active", "2026-08-30T00:00:00Z"), keyOf("NEW0", "Active", "2026-11-15T00:00:00Z"))},
	"a rotation that came too late": {
		base: withUser, do: holds(keyOf("OLD0", "Active", "2026-08-01T00:00:00Z"), keyOf("NEW0", "Active", "2026-11-15T00:00:00Z")),
		want: expectation{"key_age": bad}, fact: "key_age", says: `"both_since":""`,
	},
	"a rotation that was not finished": {
		base: withUser, do: holds(keyOf("OLD0", "Active", "2026-10-01T00:00:00Z"), keyOf("NEW0", "Active", "2026-11-10T00:00:00Z")),
		want: expectation{"key_age": bad}, fact: "key_age", says: `"both_since":"2026-11-10"`,
	},
	"an old key that is off": {base: withUser, do: holds(keyOf("OLD0", "Inactive", "2020-01-01T00:00:00Z"), keyOf("NEW0", "Active", "2026-11-01T00:00:00Z"))},
	"a key of tomorrow":      {base: withUser, do: holds(keyOf("NEW0", "Active", "2026-11-21T00:00:00Z"))},
	"of an age that nobody told": {
		base: withUser, do: holds(`{"AccessKeyId":"…KEY0","Status":"Active"}`),
		want: expectation{"key_age": unknown}, fact: "key_age", says: "did not tell when key …KEY0 was created",
	},
	"of an age that nobody told, beside an old one": {
		base: withUser, do: holds(`{"AccessKeyId":"…KEY0","Status":"Active"}`, keyOf("OLD0", "Active", "2026-01-01T00:00:00Z")),
		want: expectation{"key_age": bad},
	},
	"of a new status, beside a good one": {
		base: withUser, do: holds(keyOf("KEY0", "Paused", "2026-11-01T00:00:00Z"), keyOf("NEW0", "Active", "2026-11-01T00:00:00Z")),
		want: expectation{"key_age": unknown}, fact: "key_age", says: "which IAM does not document",
	},
	"keys unread": {
		base: withUser, do: func(w *world) { w.deny(document.KindAccessKeys) },
		want: everything(unknown, "writer_key", "key_age"),
	},
}
