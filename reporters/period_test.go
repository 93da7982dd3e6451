package reporters_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	santhosh "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// fullPeriod has one of everything that a period can hold.
func fullPeriod() *scanner.Period {
	at := time.Date(2026, 1, 2, 6, 0, 0, 0, time.UTC)
	days := func(passing, failing, waived, open, without int) scanner.DayCounts {
		return scanner.DayCounts{
			Days: passing + failing + open, Assessed: passing + failing, Passing: passing, Failing: failing, Waived: waived, NotAssessed: open, WithoutRun: without,
		}
	}
	p := &scanner.Period{
		FormatVersion: 1, Tool: scanner.Tool{Name: "trailguard", Version: "1.2.3"}, From: "2026-01-01", To: "2026-01-05", HistoryHead: scanner.Digest("ledger"),
		Tenants: []string{"acme", "globex"}, Summary: days(2, 2, 1, 1, 1),
		Controls: []scanner.ControlPeriod{
			{Framework: "NIST 800-53r5", ID: "AU-9", DayCounts: days(4, 0, 0, 1, 1), Rules: []string{"tls_required"}},
			{Framework: "SOC 2", ID: "CC6.1", DayCounts: days(2, 2, 1, 1, 1), Rules: []string{"key_usable", "tls_required"}},
		},
		Rules: []scanner.RulePeriod{{RuleID: "key_usable", DayCounts: days(3, 0, 0, 2, 1)}, {RuleID: "tls_required", DayCounts: days(2, 2, 1, 1, 1)}},
		Exports: []scanner.ExportPeriod{
			{Tenant: "acme", DayCounts: days(4, 0, 0, 1, 1), Rules: []scanner.RulePeriod{}},
			{Tenant: "acme", ExportID: firstExport, Destination: "acme-audit-trail", DayCounts: days(2, 2, 1, 1, 1), Rules: []scanner.RulePeriod{{RuleID: "tls_required", DayCounts: days(2, 2, 1, 1, 1)}}},
		},
		Episodes: []scanner.PeriodEpisode{
			{
				Tenant: "acme", ExportID: firstExport, RuleID: "tls_required", Severity: scanner.SeverityHigh, Resource: trailBucket, Fingerprint: scanner.Digest("a"),
				FirstSeen: at, LastSeen: at.AddDate(0, 0, 1), ResolvedAt: at.AddDate(0, 0, 2), Ending: "resolved", HoursToMend: 48, Waivers: []scanner.Waiver{*waiver()}, WaivedDays: 1,
			},
			{
				Tenant: "globex", RuleID: "enabled_export_exists", Severity: scanner.SeverityCritical, Resource: "https://globex.example", Fingerprint: scanner.Digest("b"),
				FirstSeen: at.AddDate(0, -1, 0), LastSeen: at, Waivers: []scanner.Waiver{},
			},
		},
		Waivers: []scanner.PeriodWaiver{{
			WaiverStanding: scanner.WaiverStanding{WaiverUse: scanner.WaiverUse{Waiver: *waiver(), Rules: []string{"tls_required"}, Exports: []string{"259f*"}, Findings: 1}, State: "applied"},
			FirstRun:       at, LastRun: at.AddDate(0, 0, 1),
		}},
		Approvals: []scanner.PeriodApproval{{Approval: scanner.Approval{Digest: scanner.Digest("baseline"), At: at, By: "dana@acme.example", Reason: "quarterly review"}, Days: 3}},
		Deliveries: []scanner.PeriodDelivery{
			{Tenant: "acme", ExportID: firstExport, Arrived: 2, Empty: 2, Unknown: 1, HoleDays: 2, Holes: []scanner.PeriodHole{{From: "2026-01-02", To: "2026-01-03"}}, Days: "+00+?"},
			{Tenant: "acme", ExportID: secondExport, Arrived: 5, Holes: []scanner.PeriodHole{}, Days: "+++++"},
		},
	}
	for i, state := range []scanner.DayState{scanner.DayPassing, scanner.DayFailing, scanner.DayFailing, scanner.DayWithoutRun, scanner.DayPassing} {
		d := scanner.PeriodDay{Day: at.AddDate(0, 0, i-1).Format(time.DateOnly), State: state, Runs: []int64{int64(i + 1)}}
		if state == scanner.DayFailing {
			d.Failing, d.Open = 3, 1
		}
		if state == scanner.DayWithoutRun {
			d.Runs = []int64{}
		}
		p.Calendar = append(p.Calendar, d)
	}
	return p
}

// hostilePeriod carries each hostile name in every place that a name can take.
func hostilePeriod() *scanner.Period {
	p := fullPeriod()
	for _, name := range hostileNames() {
		e, w, a, d, x := p.Episodes[0], p.Waivers[0], p.Approvals[0], p.Deliveries[0], p.Exports[1]
		e.Tenant, e.ExportID, e.RuleID, e.Resource, e.Fingerprint = name, name, name, name, name
		words := scanner.Waiver{Justification: name, ApprovedBy: name, Expires: name, Ticket: name, Source: name}
		e.Waivers = []scanner.Waiver{words}
		w.Waiver, w.Rules, w.Exports, w.Resources, w.Permission = words, []string{name}, []string{name}, []string{name}, name
		a.By, a.Reason, a.Digest = name, name, name
		d.Tenant, d.ExportID = name, name
		x.Tenant, x.ExportID, x.Destination = name, name, name
		c := p.Controls[1]
		c.Framework, c.ID, c.Rules = name, name, []string{name}
		p.Tenants, p.Episodes, p.Waivers, p.Approvals = append(p.Tenants, name), append(p.Episodes, e), append(p.Waivers, w), append(p.Approvals, a)
		p.Deliveries, p.Exports, p.Controls = append(p.Deliveries, d), append(p.Exports, x), append(p.Controls, c)
	}
	return p
}

// emptyPeriod is one in which nothing was ever run.
func emptyPeriod() *scanner.Period {
	return &scanner.Period{
		FormatVersion: 1, Tool: scanner.Tool{Name: "trailguard"}, From: "2026-01-01", To: "2026-01-01", Summary: scanner.DayCounts{Days: 1, NotAssessed: 1, WithoutRun: 1},
		Calendar: []scanner.PeriodDay{{Day: "2026-01-01", State: scanner.DayWithoutRun}},
	}
}

func renderPeriod(t *testing.T, format string, p *scanner.Period, o reporters.Options) string {
	t.Helper()
	var out bytes.Buffer
	must(t, reporters.LookupPeriod(format)(&out, p, o))
	return out.String()
}

func TestEveryFormatOfAPeriod(t *testing.T) {
	schema, err := santhosh.NewCompiler().Compile(periodSchemaFile)
	must(t, err)
	for name, period := range map[string]*scanner.Period{"period.full": fullPeriod(), "period.empty": emptyPeriod(), "period.hostile": hostilePeriod()} {
		for _, format := range reporters.PeriodFormats() {
			got := renderPeriod(t, format, period, reporters.Options{})
			if strings.ContainsAny(got, "\x1b\u202e\u2066\u009b") {
				t.Errorf("%s.%s obeys a name", name, format)
			}
			if name != "period.hostile" {
				golden(t, name+"."+format, got)
			}
			if format == "json" {
				value, err := santhosh.UnmarshalJSON(strings.NewReader(got))
				must(t, err)
				must(t, schema.Validate(value))
			}
		}
	}
}

// TestPeriodHTMLStandsAlone: nothing is fetched, nothing runs, and names stay text.
func TestPeriodHTMLStandsAlone(t *testing.T) {
	for name, period := range map[string]*scanner.Period{"full": fullPeriod(), "empty": emptyPeriod(), "hostile": hostilePeriod()} {
		all := elements(t, renderPeriod(t, "html", period, reporters.Options{}))
		ids := map[string]bool{}
		for _, e := range all {
			if slices.Contains([]string{"script", "img", "link", "iframe", "object", "embed", "form", "base"}, e.name) {
				t.Errorf("%s holds the element %s", name, e.name)
			}
			if id := e.attr["id"]; id != "" && ids[id] {
				t.Errorf("%s has the id %s twice", name, id)
			}
			ids[e.attr["id"]] = true
		}
		labels := map[string]bool{}
		for _, e := range pick(all, "section", "wide") {
			if label := e.attr["aria-label"]; labels[label] {
				t.Errorf("%s: two regions are called %q", name, label)
			} else {
				labels[label] = true
			}
		}
		for _, e := range pick(all, "a", "") {
			if to, inside := strings.CutPrefix(e.attr["href"], "#"); !inside || !ids[to] {
				t.Errorf("%s: a link leads to %s", name, e.attr["href"])
			}
		}
		if word := pick(all, "p", "word")[0].text; (name == "empty") != (word == "Not assessed throughout") || len(pick(all, "h1", "")) != 1 {
			t.Errorf("%s: the verdict is %q", name, word)
		}
	}
}

// TestPeriodCountsTheSameEverywhere: what a rule was on the days of an export is said in
// the same words in each format that is read.
func TestPeriodCountsTheSameEverywhere(t *testing.T) {
	for _, format := range []string{"table", "markdown", "html"} {
		got := renderPeriod(t, format, fullPeriod(), reporters.Options{Width: 200})
		if got = strings.ReplaceAll(got, "\\", ""); !strings.Contains(got, "tls_required: 2 failing, 1 not assessed (1 without a complete run)") {
			t.Errorf("%s does not say it:\n%s", format, got)
		}
	}
}

// TestPeriodTableFits says what matters at any width.
func TestPeriodTableFits(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		for line := range strings.Lines(renderPeriod(t, "table", fullPeriod(), reporters.Options{Width: width})) {
			if len(strings.TrimRight(line, "\n")) > width {
				t.Errorf("at %d columns a line has %d: %s", width, len(line)-1, line)
			}
		}
	}
}
