package facts_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// The tests' now is noon of 20 November 2026; an object is due every 36 hours, of
// two that arrive each day.
func daysAgo(n int) time.Time { return now.AddDate(0, 0, -n).Truncate(24 * time.Hour) }

// arriving is a listing of days, to which something else may be done.
func arriving(days []document.DeliveryDay, changes ...func(*document.Delivery)) func(*world) {
	return func(w *world) {
		doc := document.Delivery{Prefix: "immuta/", Complete: true, Since: listedSince, Days: days}
		for i := range days {
			doc.Objects += days[i].Objects
			doc.Newest = &document.Object{Key: "immuta/" + days[i].Day, LastModified: days[i].Last, Size: 100, Checksum: "CRC32"}
		}
		for _, change := range changes {
			change(&doc)
		}
		text, err := json.Marshal(doc)
		if err != nil {
			panic(err)
		}
		w.set(document.KindDelivery, bucketARN+"/immuta/", "", string(text))
	}
}

// without leaves days out of 41.
func without(ago ...int) []document.DeliveryDay {
	return slices.DeleteFunc(steady(daysAgo(40), now.Add(-3*time.Hour)), func(d document.DeliveryDay) bool {
		return slices.ContainsFunc(ago, func(n int) bool { return d.Day == daysAgo(n).Format(time.DateOnly) })
	})
}

func usedUp(d *document.Delivery) { d.Complete = false }

// longer has more objects than those of its days.
func longer(d *document.Delivery) { d.Objects++ }

func expiring(rule string) func(*world) {
	return func(w *world) {
		w.set(document.KindLifecycle, bucketARN, "", `{"Rules":[{"ID":"x","Status":"Enabled",`+rule+`}]}`)
		w.expect(func(x *scanner.Expect) { x.RetentionDays = 1 })
	}
}

func expectingDays(n int) func(*world) {
	return func(w *world) { w.expect(func(x *scanner.Expect) { x.ContinuityDays = n }) }
}

func created(at time.Time) func(*world) {
	return func(w *world) { w.record.Configuration.CreatedAt = at }
}

func updated(at time.Time) func(*world) {
	return func(w *world) { w.record.Configuration.UpdatedAt = at }
}

func all(changes ...func(*world)) func(*world) {
	return func(w *world) {
		for _, change := range changes {
			change(w)
		}
	}
}

var (
	holed    = expectation{"continuity": bad}
	unholed  = expectation{"continuity": unknown}
	twoDays  = `"hole_from":"2026-11-09T12:00:00Z","hole_to":"2026-11-12T00:00:00Z","hole_hours":60,"lasts":false`
	lateDays = arriving(without(10, 9))
)

var continuityScenarios = map[string]scenario{
	"two days without": {do: lateDays, want: holed, fact: "continuity", says: twoDays},
	"one day without":  {do: arriving(without(10))}, // 36 hours from noon to midnight are within the grace
	"the first of two": {do: arriving(without(10, 9, 5, 4)), want: holed, fact: "continuity", says: twoDays},
	"in one day": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.DeliveryGrace = time.Hour })
			days := without()
			days[35].Last = days[35].First.Add(20 * time.Hour)
			days[35].Silence.To = days[35].Last
			arriving(days)(w)
		},
		want: holed, fact: "continuity", says: `"hole_hours":20`,
	},
	"it lasts":                       {do: arriving(without(1, 0)), want: expectation{"delivery": bad}, fact: "continuity", says: `"hole_hours":48,"lasts":true`},
	"before the days that count":     {do: all(lateDays, expectingDays(5))},
	"more days than were listed":     {do: expectingDays(60), want: unholed, fact: "continuity", says: "collect a new snapshot"},
	"a listing that does not count":  {do: arriving(nil, func(d *document.Delivery) { *d = document.Delivery{Prefix: d.Prefix, Complete: true} }), want: expectation{"delivery": bad, "continuity": unknown, "silent_denial": unknown}},
	"pages used up":                  {do: arriving(without(10, 9), usedUp), want: unholed, fact: "continuity", says: "that were listed; have the export write to another path"},
	"pages used up, and no hole":     {do: arriving(without(), usedUp)},
	"idle":                           {do: all(lateDays, func(w *world) { w.expect(func(x *scanner.Expect) { x.MayBeIdle = true }) }), want: expectation{"continuity": none}},
	"days that do not follow":        {do: arriving([]document.DeliveryDay{without()[4], without()[3]}), want: expectation{"delivery": unknown, "silent_denial": unknown}},
	"created since":                  {do: all(created(daysAgo(10)), arriving(steady(daysAgo(9), now.Add(-3*time.Hour))))},
	"created since, and began late":  {do: all(created(daysAgo(10)), arriving(steady(daysAgo(5), now.Add(-3*time.Hour)))), want: holed, fact: "continuity", says: `"hole_from":"2026-11-10T00:00:00Z"`},
	"changed since":                  {do: all(updated(daysAgo(10)), arriving(steady(daysAgo(9), now.Add(-3*time.Hour)))), want: unholed, fact: "continuity", says: "written elsewhere until it was changed in Immuta on 2026-11-10"},
	"changed since, and began late":  {do: all(updated(daysAgo(10)), arriving(steady(daysAgo(5), now.Add(-3*time.Hour)))), want: holed, fact: "continuity", says: `"hole_from":"2026-11-10T00:00:00Z"`},
	"changed since, and wrote there": {do: all(updated(daysAgo(10)), arriving(steady(daysAgo(9), now.Add(-3*time.Hour)), longer)), want: holed},
	"lifecycle not read":             {do: all(lateDays, func(w *world) { w.deny(document.KindLifecycle) }), want: expectation{"continuity": unknown, "retention": unknown}},
	"lifecycle not read, no hole":    {do: func(w *world) { w.deny(document.KindLifecycle) }, want: expectation{"retention": unknown}},
	"expired":                        {do: all(lateDays, expiring(`"Expiration":{"Days":7}`)), want: unholed, fact: "continuity", says: "set expect.continuityDays"},
	"expired by a date":              {do: all(lateDays, expiring(`"Expiration":{"Date":"2026-11-15T00:00:00Z"}`)), want: expectation{"continuity": unknown}},
	"will expire by a date":          {do: all(lateDays, expiring(`"Expiration":{"Date":"2026-12-15T00:00:00Z"}`)), want: expectation{"continuity": bad}},
	"younger than what expired":      {do: all(lateDays, expiring(`"Expiration":{"Days":30}`)), want: holed},
	"expired elsewhere":              {do: all(lateDays, expiring(`"Filter":{"Prefix":"other/"},"Expiration":{"Days":7}`)), want: holed},
	"expired where tagged":           {do: all(lateDays, expiring(`"Filter":{"Tag":{"Key":"a","Value":"b"}},"Expiration":{"Days":7}`)), want: holed},
	"age not told":                   {do: all(lateDays, created(time.Time{})), want: unholed},
	"strange interval": {
		do:   all(lateDays, func(w *world) { w.record.Configuration.Interval = "WEEKLY" }),
		want: expectation{"continuity": unknown, "interval": bad},
	},
	"two exports to one path, with a hole": {
		do:   arriving(without(10, 9), func(d *document.Delivery) { d.Exports = []string{configurationID, otherID} }),
		want: expectation{"delivery": unknown, "continuity": bad, "silent_denial": unknown},
	},
}
