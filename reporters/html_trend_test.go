package reporters_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// TestHTMLDrawsTheTrend: as lines, in a sentence and as numbers, where there are runs to
// compare; runs with the same numbers are one row.
func TestHTMLDrawsTheTrend(t *testing.T) {
	r, day := fullReport(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i, failing := range []int{3, 5, 5, 0} {
		r.Trend = append(r.Trend, scanner.TrendPoint{Run: int64(i + 1), CollectedAt: day.AddDate(0, 0, i), Failing: failing, NotAssessed: 2 * i})
	}
	r.Trend[2].NotAssessed = 2
	for name, page := range map[string]string{"file": render(t, "html", r, reporters.Options{}), "index": first(folder(t, r))["index.html"]} {
		all := elements(t, page)
		section := pick(all, "section", "")
		section = section[slices.IndexFunc(section, func(e *element) bool { return e.attr["id"] == "trend" }):]
		for _, want := range []string{
			"failing 3 then, 0 at the end; not assessed 0 then, 6 at the end; never more than 6",
			"2026-03-02 00:00 to 2026-03-03 00:0052", "2026-03-04 00:0006",
		} {
			if !strings.Contains(section[0].text, want) {
				t.Errorf("%s: the trend does not say %q: %s", name, want, section[0].text)
			}
		}
	}
	r.Trend = r.Trend[:1]
	if strings.Contains(render(t, "html", r, reporters.Options{}), `id="trend"`) {
		t.Error("one run is drawn as a trend")
	}
}

func first[T, U any](value T, _ U) T { return value }

// TestHTMLHasEachDocumentOnce: whatever has the same document is named beside it.
func TestHTMLHasEachDocumentOnce(t *testing.T) {
	r := fullReport()
	same := r.Findings[0]
	at := same.Evidence[0]
	at.Resource, at.Path = "arn:aws:iam::111111111111:role/twin", "acme/iam/111111111111/role/twin/trust.json"
	same.Evidence, same.Fingerprint = []scanner.Location{at}, scanner.Digest("twin")
	r.Findings = append(r.Findings, same)
	digest := 0
	for _, e := range pick(elements(t, render(t, "html", r, reporters.Options{})), "section", "document") {
		if strings.Contains(e.text, "SHA-256 "+at.Digest) {
			digest++
			if !strings.Contains(e.text, "and 1 other") || !strings.Contains(e.text, at.Path+", ") {
				t.Errorf("the document is %.300s", e.text)
			}
		}
	}
	if digest != 1 {
		t.Errorf("the document is shown %d times", digest)
	}
}

// TestHTMLOfManyFindingsIsBrief: each says what it said, and its statement is marked in
// the document that it leads to.
func TestHTMLOfManyFindingsIsBrief(t *testing.T) {
	r := fullReport()
	for i := len(r.Findings); i < 1000; i++ {
		f := r.Findings[0]
		f.Fingerprint = scanner.Digest(strconv.Itoa(i))
		r.Findings = append(r.Findings, f)
	}
	page := render(t, "html", r, reporters.Options{})
	all := elements(t, page)
	for _, article := range strings.Split(page, `<article class="finding`)[1:] {
		if article, _, _ = strings.Cut(article, "</article>"); strings.Contains(article, "<pre>") {
			t.Fatalf("a statement is shown beside its finding: %s", article)
		}
	}
	var shown strings.Builder
	marked := map[string]bool{}
	for _, e := range all {
		if e.name == "mark" {
			marked[e.attr["id"]] = true
		}
	}
	leads := 0
	for _, e := range pick(all, "a", "") {
		if marked[strings.TrimPrefix(e.attr["href"], "#")] {
			leads++
		}
	}
	for _, e := range pick(all, "article", "finding") {
		shown.WriteString(e.text)
	}
	for i := range r.Findings {
		if !strings.Contains(shown.String(), r.Findings[i].Fingerprint) || !strings.Contains(shown.String(), reporters.Visible(r.Findings[i].Message)) {
			t.Fatalf("finding %d of %s is not shown", i, r.Findings[i].RuleID)
		}
	}
	if leads < 900 {
		t.Errorf("%d links lead to a marked statement", leads)
	}
}
