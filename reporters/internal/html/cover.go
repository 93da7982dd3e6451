package html

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// verdict is what nobody can miss.
type verdict struct {
	Kind     string // fail, unknown or pass: how it is shown
	Word     string
	Sentence string
	More     []string
}

// cover is what stands on the first page.
func (b *builder) cover() {
	r := b.report
	b.page.Verdict = b.verdict()
	names := make([]string, len(r.Tenants))
	for i := range r.Tenants {
		names[i] = visible.Text(r.Tenants[i].Name)
		if !r.Tenants[i].Complete {
			b.page.Unread = append(b.page.Unread, names[i])
		}
	}
	b.page.Title = "trailguard: " + strings.ToLower(b.page.Verdict.Word)
	if len(names) == 1 {
		b.page.Title += ", " + names[0]
	}
	b.page.Title += ", " + r.Scan.EvaluatedAt.UTC().Format("2006-01-02")
	b.identity(names)
	for _, s := range scanner.Severities() {
		b.page.Severities = append(b.page.Severities, tile{Kind: "fail", Name: string(s), Count: r.Summary.BySeverity[s]})
	}
	for _, s := range []scanner.Status{scanner.StatusPass, scanner.StatusFail, scanner.StatusUnknown, scanner.StatusError, scanner.StatusNotApplicable} {
		b.page.Statuses = append(b.page.Statuses, tile{Kind: string(s), Name: strings.ReplaceAll(string(s), "_", " "), Count: r.Summary.ByStatus[s]})
	}
	b.page.Coverage = r.Summary.Coverage
}

// verdict sums the report up in one sentence, from the findings themselves: the exit
// status depends on what the run was told to tolerate.
func (b *builder) verdict() verdict {
	r := b.report
	fails, critical, open, accepted := 0, 0, 0, 0
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case f.State == scanner.StateResolved:
		case f.Status == scanner.StatusFail && f.Waiver == nil:
			fails++
			if f.Severity == scanner.SeverityCritical {
				critical++
			}
		case f.Accepted():
			accepted++
		case f.Status != scanner.StatusFail:
			open++
		}
	}
	v := verdict{More: b.besides(accepted)}
	switch {
	case r.Scan.Error != "":
		v.Kind, v.Word = "unknown", "Did not run"
		v.Sentence = "Nothing was judged: " + visible.Text(r.Scan.Error)
	case fails > 0:
		v.Kind, v.Word = "fail", "Failed"
		v.Sentence = scanner.Count(fails, "result fails", "results fail")
		if critical > 0 {
			v.Sentence += fmt.Sprintf(", %d of them critical", critical)
		}
		if open > 0 {
			v.Sentence += ", and " + scanner.Count(open, "could not be assessed", "could not be assessed")
		}
		if r.Scan.ExitStatus != scanner.ExitFail {
			v.More = append(v.More, "This run was told to tolerate failures of these severities, or those that are not new.")
		}
	case !r.Scan.Complete:
		v.Kind, v.Word = "unknown", "Incomplete"
		v.Sentence = "No failure was found, and " + scanner.Count(open, "result", "results") + " could not be assessed: nobody knows yet whether all is well"
		if open == 0 {
			v.Sentence = "No failure was found in what could be read, and that was not all: nobody knows yet whether all is well"
		}
	default:
		v.Kind, v.Word = "pass", "In order"
		v.Sentence = "Everything that applies was assessed, and nothing fails that is not waived"
		if r.Summary.Waived == 0 {
			v.Sentence = "Everything that applies was assessed, and nothing fails"
		}
	}
	v.Sentence += "."
	return v
}

// besides are sentences that qualify the verdict.
func (b *builder) besides(accepted int) []string {
	r := b.report
	var more []string
	if n := r.Summary.Waived; n > 0 {
		more = append(more, scanner.Count(n, "failure is waived and stays a failure.", "failures are waived and stay failures."))
	}
	if accepted > 0 {
		more = append(more, scanner.Count(accepted, "unknown is accepted in writing and stays unknown.", "unknowns are accepted in writing and stay unknown."))
	}
	if r.Scan.Interrupted {
		more = append(more, "The run was interrupted: this is what had been collected until then.")
	}
	switch {
	case r.Scan.Plan != nil:
		more = append(more, "Planned: "+r.Scan.Plan.Sentence()+".")
	case r.Selected:
		more = append(more, "Only some exports were judged.")
	}
	if n := len(r.LeftOut); n > 0 {
		more = append(more, scanner.Count(n, "rule was left out of this run.", "rules were left out of this run."))
	}
	return more
}

// identity says what was judged, when and by what.
func (b *builder) identity(names []string) {
	scan := &b.report.Scan
	add := func(name, value string) { b.page.Identity = append(b.page.Identity, fact{Name: name, Value: value}) }
	code := func(name, value string) {
		b.page.Identity = append(b.page.Identity, fact{Name: name, Value: visible.Text(value), Code: true})
	}
	if len(names) > 20 {
		names = append(names[:20:20], fmt.Sprintf("and %d more", len(names)-20))
	}
	add("Tenants", strings.Join(names, ", "))
	add("Scope", fmt.Sprintf("%s, %s", scanner.Count(b.report.Summary.Exports, "export", "exports"), scanner.Count(b.report.Summary.Rules, "rule", "rules")))
	text, machine := moment(scan.EvaluatedAt)
	b.page.Identity = append(b.page.Identity, fact{Name: "Judged as of", Value: text, Time: machine})
	text, machine = moment(scan.CollectedAt)
	b.page.Identity = append(b.page.Identity, fact{Name: "Collected", Value: text, Time: machine})
	complete := "yes: everything that was needed could be read, or is accepted as unknown"
	if !scan.Complete {
		complete = "no: something that was needed could not be read"
	}
	add("Complete", complete)
	add("Exit status", fmt.Sprint(scan.ExitStatus))
	code("Snapshot", scan.SnapshotDigest)
	switch base := scan.Baseline; {
	case base == nil:
		add("Baseline", "none: what changed was not judged")
	case base.Approved == nil:
		code("Baseline", base.Digest)
		add("Approved", "no: nobody approved this baseline")
	default:
		code("Baseline", base.Digest)
		at, _ := moment(base.Approved.At)
		add("Approved", "by "+visible.Text(base.Approved.By)+" on "+at+": "+visible.Text(base.Approved.Reason))
	}
	if h := scan.History; h != nil {
		code("Recorded", fmt.Sprintf("run %d, ledger %s", h.Run, h.Head))
	}
	code("Rules", b.report.Tool.RulesDigest)
	add("Made by", visible.Text(b.report.Tool.Name+" "+b.report.Tool.Version))
}
