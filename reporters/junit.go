package reporters

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Skipped *junitSkipped `xml:"skipped"`
	Error   *junitProblem `xml:"error"`
	Failure *junitProblem `xml:"failure"`
}

type junitSkipped struct {
	Text string `xml:",chardata"` // the oldest readers allow it no attribute
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a test suite per export and tenant, with a test case per rule.
// What could not be assessed is an error; what is waived or does not apply is
// skipped. Each tenant has one more case, scan_complete: without it, exports
// that could not be listed would be missing from a file that looks green.
func JUnit(w io.Writer, r *scanner.Report, o Options) error {
	j := &junit{report: r, options: o, findings: map[subject]map[string][]*scanner.Finding{}}
	for i := range r.Findings {
		f := &r.Findings[i]
		s := subject{f.Tenant, f.ExportID}
		if f.State == scanner.StateResolved {
			continue
		}
		if j.findings[s] == nil {
			j.findings[s] = map[string][]*scanner.Finding{}
		}
		j.findings[s][f.RuleID] = append(j.findings[s][f.RuleID], f)
	}
	suites := junitSuites{Name: "trailguard"}
	for _, s := range j.suites() {
		suites.Tests += s.Tests
		suites.Failures += s.Failures
		suites.Errors += s.Errors
		suites.Suites = append(suites.Suites, s)
	}
	text, err := xml.MarshalIndent(suites, "", "  ")
	if err != nil {
		return fmt.Errorf("encode junit report: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(text)+"\n"); err != nil {
		return fmt.Errorf("write junit report: %w", err)
	}
	return nil
}

type junit struct {
	report   *scanner.Report
	options  Options
	findings map[subject]map[string][]*scanner.Finding
}

func (j *junit) suites() []junitSuite {
	var suites []junitSuite
	for i := range j.report.Tenants {
		t := &j.report.Tenants[i]
		name := "tenant " + Visible(t.Name)
		cases := append([]junitCase{j.complete(name, t)}, j.cases(name, subject{tenant: t.Name}, t.Results)...)
		suites = append(suites, j.suite(name, cases))
	}
	for i := range j.report.Exports {
		e := &j.report.Exports[i]
		name := "tenant " + Visible(e.Tenant) + ", export " + Visible(e.ID)
		suites = append(suites, j.suite(name, j.cases(name, subject{e.Tenant, e.ID}, e.Results)))
	}
	return suites
}

// complete returns the test case that fails when exports may be missing.
func (j *junit) complete(name string, t *scanner.TenantResult) junitCase {
	c := junitCase{Class: name, Name: completeness}
	if kind, why := incomplete(j.report, t); why != "" {
		c.Error = problem(kind, why)
	}
	return c
}

func problem(kind string, lines ...string) *junitProblem {
	return &junitProblem{Message: lines[0], Type: kind, Text: strings.Join(lines, "\n")}
}

// cases returns the test cases of a subject, sorted by rule: the map's order
// must not reach the report.
func (j *junit) cases(class string, s subject, results map[string]scanner.Status) []junitCase {
	ids := make([]string, 0, len(results))
	for id := range results {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	cases := make([]junitCase, 0, len(ids))
	for _, id := range ids {
		cases = append(cases, j.testcase(class, id, results[id], j.findings[s][id]))
	}
	return cases
}

// testcase reports a rule's status and what it found. A failure is skipped only
// if all of it is waived.
func (j *junit) testcase(class, rule string, status scanner.Status, findings []*scanner.Finding) junitCase {
	c := junitCase{Class: class, Name: Visible(rule)}
	switch status {
	case scanner.StatusPass:
		return c
	case scanner.StatusNotApplicable:
		c.Skipped = &junitSkipped{Text: "does not apply"}
		return c
	case scanner.StatusFail, scanner.StatusUnknown, scanner.StatusError:
	}
	var lines []string
	waived := status == scanner.StatusFail && len(findings) > 0
	for _, f := range findings {
		if f.Waiver != nil {
			lines = append(lines, "waived until "+Visible(f.Waiver.Expires)+" by "+Visible(f.Waiver.ApprovedBy)+": "+Visible(f.Waiver.Justification))
			continue
		}
		waived = false
		lines = append(lines, j.describe(f)...)
	}
	if len(lines) == 0 {
		lines = []string{string(status)}
	}
	switch {
	case waived:
		c.Skipped = &junitSkipped{Text: strings.Join(lines, "; ")}
	case status == scanner.StatusFail:
		c.Failure = problem(string(severityOf(findings)), lines...)
	default:
		c.Error = problem(string(status), lines...)
	}
	return c
}

func severityOf(findings []*scanner.Finding) scanner.Severity {
	if len(findings) == 0 {
		return scanner.SeverityCritical
	}
	return findings[0].Severity
}

func (j *junit) describe(f *scanner.Finding) []string {
	lines := []string{firstOf(Visible(f.Message), f.RuleID), Visible(f.Resource)}
	if at := place(f, j.options); at != "" {
		lines = append(lines, "at "+at)
	}
	if f.Who != nil {
		lines = append(lines, who(f.Who))
	}
	if fix := remedyOf(f); fix != "" {
		lines = append(lines, fix)
	}
	return lines
}

// suite makes a suite of test cases and counts them by outcome.
func (j *junit) suite(name string, cases []junitCase) junitSuite {
	s := junitSuite{
		Name: name, Tests: len(cases), Cases: cases,
		Timestamp: j.report.Scan.EvaluatedAt.UTC().Format(strings.TrimSuffix(time.RFC3339, "Z07:00")),
	}
	for i := range cases {
		switch {
		case cases[i].Failure != nil:
			s.Failures++
		case cases[i].Error != nil:
			s.Errors++
		case cases[i].Skipped != nil:
			s.Skipped++
		}
	}
	return s
}
