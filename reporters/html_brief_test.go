package reporters_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// TestHTMLNumbersTheAnswersOfManyCalls: the list of the page says which each is.
func TestHTMLNumbersTheAnswersOfManyCalls(t *testing.T) {
	r := fullReport()
	r.Annex.Calls = nil
	for i := range 60 {
		c := scanner.Call{Call: "s3:GetBucketAcl", Resource: fmt.Sprintf("arn:aws:s3:::trail-%02d", i), RequestID: fmt.Sprintf("REQUEST%02d", i), Digest: scanner.Digest("rare")}
		if i >= 3 {
			c.Digest = scanner.Digest([]string{"often", "too"}[i%2])
		}
		r.Annex.Calls = append(r.Annex.Calls, c)
	}
	pages, _ := folder(t, r)
	for name, page := range map[string]string{"one page": render(t, "html", r, reporters.Options{}), "a folder": pages["calls-0001.html"]} {
		all := elements(t, page)
		list := pick(all, "ol", "shared")
		if len(list) != 1 {
			t.Fatalf("%s has %d lists of answers", name, len(list))
		}
		digests := strings.Fields(list[0].text)
		told := map[string]string{}
		for _, line := range strings.Split(pick(all, "table", "calls")[0].text, "\n") {
			if m := regexp.MustCompile(`s3:GetBucketAcl (REQUEST\d\d) (\S+)$`).FindStringSubmatch(line); m != nil {
				told[m[1]] = m[2]
			}
		}
		for _, c := range r.Annex.Calls {
			digest := told[c.RequestID]
			if n, err := strconv.Atoi(strings.TrimPrefix(digest, "#")); err == nil && n <= len(digests) {
				digest = digests[n-1]
			}
			if digest != c.Digest {
				t.Errorf("%s: the answer to %s is told as %q, want %s", name, c.RequestID, told[c.RequestID], c.Digest)
			}
		}
	}
}

// TestHTMLOfManyFindingsSaysARemedyOnce where it differs by whom it is about alone.
func TestHTMLOfManyFindingsSaysARemedyOnce(t *testing.T) {
	r := bigReport(400)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Remediation = fmt.Sprintf("Let %s into %s", f.ExportID, f.Resource)
		if f.RuleID == "key_usable" {
			f.Remediation += fmt.Sprintf(" by key %d", i)
		}
	}
	var said []string
	for _, e := range pick(elements(t, render(t, "html", r, reporters.Options{})), "p", "mend") {
		if text := strings.TrimPrefix(strings.TrimPrefix(e.text, "To settle it. "), "To mend it. "); !strings.Contains(text, " by key ") {
			said = append(said, text)
		}
	}
	if len(said) != 2 || said[0] != "Let \u2039id\u203a into \u2039resource\u203a" || said[1] != said[0] {
		t.Errorf("the remedies are %q", said)
	}
}

// TestHTMLDrawsCalendarsThatAreAlikeOnce, and each export has its own all the same.
func TestHTMLDrawsCalendarsThatAreAlikeOnce(t *testing.T) {
	r := bigReport(400)
	with := r.Annex.Deliveries[0]
	r.Annex.Deliveries = nil
	for i := range r.Exports {
		d := with
		if d.ExportID = r.Exports[i].ID; i == 7 {
			d.Days = d.Days[:20]
		}
		r.Annex.Deliveries = append(r.Annex.Deliveries, d)
	}
	page := render(t, "html", r, reporters.Options{})
	all := elements(t, page)
	if n, uses := len(pick(all, "figure", "calendar")), len(pick(all, "use", "")); n != 400 || uses != 399 {
		t.Errorf("%d calendars, %d of which are alike", n, uses)
	}
	for _, e := range pick(all, "use", "") {
		if !strings.Contains(page, `<g id="`+strings.TrimPrefix(e.attr["href"], "#")+`"><path class="arrived"`) {
			t.Fatalf("a calendar is %s, which is not drawn", e.attr["href"])
		}
	}
	// Two exports each have the bucket: only their ids tell them apart.
	for i := range r.Exports {
		if !strings.Contains(pick(all, "div", "calendars")[0].text, r.Exports[i].ID) {
			t.Fatalf("whose calendar is that of %s?", r.Exports[i].ID)
		}
	}
}
