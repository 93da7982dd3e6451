package reporters_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

const lastComplete = "trailguard_last_complete_run_timestamp_seconds"

// scrape reads a report as the textfile collector of node_exporter does, and refuses
// what that refuses.
func scrape(t *testing.T, r *scanner.Report, before string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(render(t, "openmetrics", r, reporters.Options{Before: []byte(before)})))
	must(t, err)
	for name, family := range families {
		seen := map[string]bool{}
		for _, m := range family.Metric {
			if m.TimestampMs != nil || m.Gauge == nil || family.GetHelp() == "" {
				t.Errorf("%s is no gauge without time that says what it is", name)
			}
			if labels := labelsOf(m); seen[labels] || !strings.Contains(labels, "tenant=") {
				t.Errorf("%s{%s} is there twice, or has no tenant", name, labels)
			} else {
				seen[labels] = true
			}
		}
	}
	return families
}

func labelsOf(m *dto.Metric) string {
	var labels []string
	for _, l := range m.Label {
		labels = append(labels, l.GetName()+"="+l.GetValue())
	}
	slices.Sort(labels)
	return strings.Join(labels, ",")
}

// valueOf is the sum of the series of a metric that have all of some labels.
func valueOf(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	sum := 0.0
	for _, m := range families[name].GetMetric() {
		has := labelsOf(m) + ","
		if !slices.ContainsFunc(labels, func(l string) bool { return !strings.Contains(has, l+",") }) {
			sum += m.Gauge.GetValue()
		}
	}
	return sum
}

// TestMetricsAreOpenMetrics: gauges alone, comments of the two kinds that it knows,
// no blank line, and its end.
func TestMetricsAreOpenMetrics(t *testing.T) {
	line := regexp.MustCompile(`^(# HELP [a-z_]+ [^"\\]+|# TYPE [a-z_]+ gauge|[a-z_]+\{tenant="([^"\\]|\\["\\])*"(,[a-z]+="([^"\\]|\\["\\])*")*\} [0-9]+)$`)
	for name, report := range cases() {
		text, ok := strings.CutSuffix(render(t, "openmetrics", report(), reporters.Options{}), "# EOF\n")
		if !ok {
			t.Errorf("%s does not end with its end", name)
		}
		for l := range strings.Lines(text) {
			if !line.MatchString(strings.TrimSuffix(l, "\n")) {
				t.Errorf("%s: %q", name, l)
			}
		}
		scrape(t, report(), "")
	}
}

// TestMetricsCount: what a dashboard adds up is what the report holds.
func TestMetricsCount(t *testing.T) {
	r := fullReport()
	r.Exports[0].LastDelivery = r.Scan.EvaluatedAt.Add(-7 * time.Hour)
	r.Exports[1].LastDelivery = r.Scan.EvaluatedAt.Add(-3 * time.Hour)
	got := scrape(t, r, "")
	for _, tt := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"trailguard_findings", []string{"status=fail", "waived=false"}, 3},
		{"trailguard_findings", []string{"status=fail", "waived=true"}, 1},
		{"trailguard_findings", []string{"status=unknown"}, 2},
		{"trailguard_findings", []string{"status=error"}, 1},
		{"trailguard_findings", []string{"rule=tls_required", "tenant=acme", "severity=high"}, 2},
		{"trailguard_results", []string{"tenant=acme", "status=fail"}, 3},
		{"trailguard_results", []string{"tenant=globex", "status=unknown"}, 1},
		{"trailguard_gaps", []string{"tenant=acme", "reason=denied", "accepted=false"}, 1},
		{"trailguard_exports", []string{"tenant=acme"}, 2},
		{"trailguard_exports_delivery_unknown", nil, 1},
		{"trailguard_delivery_age_seconds", []string{"tenant=acme"}, 7 * 3600},
		{"trailguard_last_delivery_timestamp_seconds", nil, float64(r.Exports[0].LastDelivery.Unix())},
	} {
		if value := valueOf(got, tt.name, tt.labels...); value != tt.want {
			t.Errorf("%s%v is %v, want %v", tt.name, tt.labels, value, tt.want)
		}
	}
}

// TestLastCompleteRun: only a run that looked at everything moves the time, and only
// forward; nothing that is not known is a time.
func TestLastCompleteRun(t *testing.T) {
	collected := emptyReport().Scan.CollectedAt.Unix()
	unknown := fullFindings()[1]
	accepted := unknown
	accepted.Gaps = []scanner.Gap{{Accepted: waiver()}}
	for _, tt := range []struct {
		name         string
		before       string
		change       func(r *scanner.Report)
		complete, at int64
	}{
		{"the first", "", func(*scanner.Report) {}, 1, collected},
		{"the next", "5", func(*scanner.Report) {}, 1, collected},
		{"a replay of an older snapshot", "9999999999", func(*scanner.Report) {}, 1, 9999999999},
		{"failures", "5", func(r *scanner.Report) { r.Findings = fullFindings()[:1] }, 1, collected},
		{"as of a later time", "5", func(r *scanner.Report) { r.Scan.EvaluatedAt = r.Scan.EvaluatedAt.AddDate(1, 0, 0) }, 1, collected},
		{"accepted", "5", func(r *scanner.Report) { r.Findings = []scanner.Finding{accepted} }, 1, collected},
		{"unknown", "5", func(r *scanner.Report) { r.Findings = []scanner.Finding{unknown} }, 0, 5},
		{"unknown, and none before", "", func(r *scanner.Report) { r.Findings = []scanner.Finding{unknown} }, 0, 0},
		{"a rule that failed", "5", func(r *scanner.Report) { r.Findings = fullFindings()[4:5] }, 0, 5},
		{"a list not read whole", "5", func(r *scanner.Report) { r.Tenants[0].Complete = false }, 0, 5},
		{"interrupted", "5", func(r *scanner.Report) { r.Scan.Interrupted = true }, 0, 5},
		{"some exports only", "5", func(r *scanner.Report) { r.Selected = true }, 0, 5},
		{"some rules only", "5", func(r *scanner.Report) { r.LeftOut = rules()[:1] }, 0, 5},
		{"a file of something else", "yesterday", func(r *scanner.Report) { r.Selected = true }, 0, 0},
	} {
		r := emptyReport()
		tt.change(r)
		before := ""
		if tt.before != "" {
			before = "# HELP x y\n" + lastComplete + `{tenant="acme"} ` + tt.before + "\n# EOF\n"
		}
		got := scrape(t, r, before)
		if is := int64(valueOf(got, "trailguard_run_complete")); is != tt.complete {
			t.Errorf("%s: complete is %d", tt.name, is)
		}
		if at := int64(valueOf(got, lastComplete, "tenant=acme")); at != tt.at {
			t.Errorf("%s: the last complete run is %d, want %d", tt.name, at, tt.at)
		}
	}
}

// TestLastCompleteRunOfOthers: a run of one tenant does not silence the alert on
// another, whatever that is called; and it says nothing else of it.
func TestLastCompleteRunOfOthers(t *testing.T) {
	r := hostileReport()
	r.Findings = nil
	first := render(t, "openmetrics", r, reporters.Options{})
	all := scrape(t, r, "")
	second := scrape(t, emptyReport(), first)
	if len(all[lastComplete].Metric) != len(hostileNames()) || len(second[lastComplete].Metric) != len(hostileNames())+1 {
		t.Fatalf("%d tenants, then %d", len(all[lastComplete].Metric), len(second[lastComplete].Metric))
	}
	if got := valueOf(second, lastComplete); got != float64(emptyReport().Scan.CollectedAt.Unix())*float64(len(hostileNames())+1) {
		t.Errorf("a time was lost: the sum is %v", got)
	}
	for name := range maps.Keys(second) {
		if name != lastComplete && valueOf(second, name) != valueOf(second, name, "tenant=acme") {
			t.Errorf("%s is said of a tenant that was not judged", name)
		}
	}
}
