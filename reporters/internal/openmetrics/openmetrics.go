// Package openmetrics writes what a report counts as metrics.
package openmetrics

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// lastComplete is the metric to alert on. Its value survives incomplete runs.
const lastComplete = "trailguard_last_complete_run_timestamp_seconds"

// maxLabel is how many characters of a name go into a label's value.
const maxLabel = 200

// metricLabels are the labels of one series that follow the tenant, as they are
// written: empty, or beginning with a comma.
type metricLabels string

// tenantMetrics are the figures of one tenant.
type tenantMetrics struct {
	complete                bool
	absent                  bool  // an earlier report had the tenant, this one does not
	lastComplete            int64 // seconds since 1970; 0: no complete run is known
	exports, undelivered    int64
	delivered               time.Time // the least recent of the exports' latest deliveries; zero where none is known
	results, findings, gaps map[metricLabels]int64
	seen                    map[scanner.GapID]bool
}

func newTenantMetrics(complete bool, lastComplete int64) *tenantMetrics {
	t := &tenantMetrics{
		complete: complete, lastComplete: lastComplete, results: map[metricLabels]int64{}, findings: map[metricLabels]int64{},
		gaps: map[metricLabels]int64{}, seen: map[scanner.GapID]bool{},
	}
	for _, s := range scanner.Statuses() {
		t.results[resultLabels(s)] = 0
	}
	return t
}

func resultLabels(s scanner.Status) metricLabels {
	return metricLabels(`,status="` + labelValue(string(s)) + `"`)
}

// Write writes gauges for the textfile collector of node_exporter.
//
// That collector reads the Prometheus text format. It takes the "# EOF" that
// OpenMetrics demands for a comment. It refuses the whole file for a time
// stamp, an exemplar or a type such as info, and the whole scrape for a series
// that two files have. Hence there are gauges only, and every series names its
// tenant. promtool accepts the same.
//
// A run that is incomplete, or limited to some exports or rules, repeats the
// time of the last complete run from before, which is the file that the report
// replaces. So does a run that leaves a tenant out. Where no complete run is known
// the time is 0, so that an alert on its age fires.
func Write(w io.Writer, r *scanner.Report, before []byte) error {
	tenants := countMetrics(r, lastCompleteRuns(before))
	var b bytes.Buffer
	for _, m := range metricFamilies(r) {
		m.write(&b, tenants)
	}
	b.WriteString("# EOF\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write openmetrics report: %w", err)
	}
	return nil
}

// lastCompleteLine matches a series of lastComplete.
var lastCompleteLine = regexp.MustCompile(`(?m)^` + lastComplete + `\{tenant="((?:[^"\\\n]|\\.)*)"\} ([0-9]{1,12})$`)

// lastCompleteRuns reads the times in an earlier report, by the label's value
// as it is written there.
func lastCompleteRuns(before []byte) map[string]int64 {
	runs := map[string]int64{}
	for _, m := range lastCompleteLine.FindAllSubmatch(before, -1) {
		runs[string(m[1])], _ = strconv.ParseInt(string(m[2]), 10, 64) // twelve digits at most
	}
	return runs
}

// labelValue escapes a value for use between quotes.
func labelValue(value string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(visible.Cut(visible.Text(value), maxLabel))
}

// countMetrics counts by tenant. The keys are the label's values.
func countMetrics(r *scanner.Report, before map[string]int64) map[string]*tenantMetrics {
	tenants := map[string]*tenantMetrics{}
	whole := !r.Selected && !r.Scan.Interrupted && len(r.LeftOut) == 0
	of := func(name string) *tenantMetrics {
		name = labelValue(name)
		if tenants[name] == nil {
			tenants[name] = newTenantMetrics(whole, before[name])
		}
		return tenants[name]
	}
	listed := map[string]bool{}
	for i := range r.Tenants {
		t := of(r.Tenants[i].Name)
		t.complete, listed[labelValue(r.Tenants[i].Name)] = t.complete && r.Tenants[i].Complete, true
		t.addResults(r.Tenants[i].Results)
	}
	for i := range r.Exports {
		of(r.Exports[i].Tenant).addExport(&r.Exports[i])
	}
	for i := range r.Findings {
		of(r.Findings[i].Tenant).addFinding(&r.Findings[i])
	}
	for name, t := range tenants {
		if t.complete = t.complete && listed[name]; t.complete {
			// Judging may have been as of any time.
			t.lastComplete = max(t.lastComplete, r.Scan.CollectedAt.Unix())
		}
	}
	for name, at := range before {
		if tenants[name] == nil {
			tenants[name] = newTenantMetrics(false, at)
			tenants[name].absent = true
		}
	}
	return tenants
}

func (t *tenantMetrics) addResults(results map[string]scanner.Status) {
	for _, status := range results {
		t.results[resultLabels(status)]++
	}
}

func (t *tenantMetrics) addExport(e *scanner.ExportResult) {
	t.exports++
	t.addResults(e.Results)
	switch {
	case e.LastDelivery.IsZero():
		t.undelivered++
	case t.delivered.IsZero() || e.LastDelivery.Before(t.delivered):
		t.delivered = e.LastDelivery
	}
}

func (t *tenantMetrics) addFinding(f *scanner.Finding) {
	if f.State == scanner.StateResolved {
		return
	}
	accepted := f.Waiver != nil || f.Accepted()
	t.complete = t.complete && (f.Status == scanner.StatusFail || f.Accepted())
	labels := fmt.Sprintf(`,rule="%s",severity="%s",status="%s",waived="%t"`,
		labelValue(f.RuleID), labelValue(string(f.Severity)), labelValue(string(f.Status)), accepted)
	t.findings[metricLabels(labels)]++
	for i := range f.Gaps {
		if g := &f.Gaps[i]; !t.seen[g.ID()] {
			t.seen[g.ID()] = true
			t.gaps[metricLabels(fmt.Sprintf(`,reason="%s",accepted="%t"`, labelValue(string(g.Reason)), g.Accepted != nil))]++
		}
	}
}

// metricFamily is one metric, and how to get its series from a tenant's
// figures.
type metricFamily struct {
	name, help string
	series     func(t *tenantMetrics) map[metricLabels]int64
}

// only returns one series without further labels.
func only(value int64) map[metricLabels]int64 { return map[metricLabels]int64{"": value} }

func metricFamilies(r *scanner.Report) []metricFamily {
	collected := only(r.Scan.CollectedAt.Unix())
	return []metricFamily{
		{lastComplete, "When what the last complete run judged was collected; 0 where no complete run is known.", func(t *tenantMetrics) map[metricLabels]int64 {
			return only(t.lastComplete)
		}},
		{"trailguard_run_timestamp_seconds", "When what this run judged was collected.", func(*tenantMetrics) map[metricLabels]int64 {
			return collected
		}},
		{"trailguard_run_complete", "1 where every export was judged by every rule and everything assessed, or accepted as unknown; else 0.", func(t *tenantMetrics) map[metricLabels]int64 {
			if t.complete {
				return only(1)
			}
			return only(0)
		}},
		{"trailguard_findings", "What fails, and what was not assessed (unknown, error); waived: somebody accepted it in writing.", func(t *tenantMetrics) map[metricLabels]int64 {
			return t.findings
		}},
		{"trailguard_results", "Results of all rules over the tenant and all exports.", func(t *tenantMetrics) map[metricLabels]int64 {
			return t.results
		}},
		{"trailguard_gaps", "What could not be read, or does not tell, and leaves something unknown.", func(t *tenantMetrics) map[metricLabels]int64 {
			return t.gaps
		}},
		{"trailguard_exports", "Exports that were judged.", func(t *tenantMetrics) map[metricLabels]int64 {
			return only(t.exports)
		}},
		{"trailguard_exports_delivery_unknown", "Exports of which no delivery is known: none arrived, none is due, or none could be told.", func(t *tenantMetrics) map[metricLabels]int64 {
			return only(t.undelivered)
		}},
		{"trailguard_last_delivery_timestamp_seconds", "When the newest object arrived of the export that has waited longest.", func(t *tenantMetrics) map[metricLabels]int64 {
			if t.delivered.IsZero() {
				return nil
			}
			return only(t.delivered.Unix())
		}},
		{"trailguard_delivery_age_seconds", "How old that object was as of when was judged.", func(t *tenantMetrics) map[metricLabels]int64 {
			if t.delivered.IsZero() {
				return nil
			}
			return only(int64(r.Scan.EvaluatedAt.Sub(t.delivered) / time.Second))
		}},
	}
}

// write writes the family, sorted: a map's order must not reach the report.
func (m *metricFamily) write(b *bytes.Buffer, tenants map[string]*tenantMetrics) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %[1]s gauge\n", m.name, m.help)
	for _, name := range slices.Sorted(maps.Keys(tenants)) {
		t := tenants[name]
		if t.absent && m.name != lastComplete {
			continue
		}
		series := m.series(t)
		for _, labels := range slices.Sorted(maps.Keys(series)) {
			fmt.Fprintf(b, "%s{tenant=\"%s\"%s} %d\n", m.name, name, labels, series[labels])
		}
	}
}
