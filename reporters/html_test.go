package reporters_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// element is an element of a page with the text that it shows.
type element struct {
	name  string
	attr  map[string]string
	text  string
	start int
}

// elements reads a page strictly enough to fail over text that became markup.
func elements(t *testing.T, page string) []*element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all, open []*element
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}, start: text.Len()}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			last := open[len(open)-1]
			last.text, open = text.String()[last.start:], open[:len(open)-1]
		case xml.CharData:
			text.Write(token)
		}
	}
}

func pick(all []*element, name, class string) []*element {
	return slices.DeleteFunc(slices.Clone(all), func(e *element) bool {
		return e.name != name || (class != "" && !slices.Contains(strings.Fields(e.attr["class"]), class))
	})
}

// TestHTMLStandsAlone: nothing is fetched and nothing runs, and the policy says so
// of the very bytes of the style.
func TestHTMLStandsAlone(t *testing.T) {
	for name, report := range cases() {
		page := render(t, "html", report(), reporters.Options{})
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
		sum := sha256.Sum256([]byte(style[1]))
		all := elements(t, page)
		policy := pick(all, "meta", "")[1].attr
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
		if policy["http-equiv"] != "Content-Security-Policy" || policy["content"] != want {
			t.Errorf("%s: the policy is %q, want %q", name, policy, want)
		}
		ids := map[string]bool{}
		for _, e := range all {
			if slices.Contains([]string{"script", "img", "link", "iframe", "object", "embed", "form", "base"}, e.name) {
				t.Errorf("%s holds the element %s", name, e.name)
			}
			for attr := range e.attr {
				if attr == "style" || attr == "src" || strings.HasPrefix(attr, "on") {
					t.Errorf("%s: %s has the attribute %s", name, e.name, attr)
				}
			}
			if id := e.attr["id"]; id != "" && ids[id] {
				t.Errorf("%s has the id %s twice", name, id)
			}
			ids[e.attr["id"]] = true
		}
		for _, e := range pick(all, "a", "") {
			if to, inside := strings.CutPrefix(e.attr["href"], "#"); inside && !ids[to] {
				t.Errorf("%s: a link leads to #%s, which is not there", name, to)
			} else if !inside && !strings.HasPrefix(e.attr["href"], "https://docs.aws.amazon.com/") {
				t.Errorf("%s: a link leads to %s", name, e.attr["href"])
			}
		}
	}
}

// TestHTMLShowsEveryFinding: each with its message, its fingerprint and what to do.
func TestHTMLShowsEveryFinding(t *testing.T) {
	for name, report := range cases() {
		r := report()
		var shown strings.Builder
		for _, e := range pick(elements(t, render(t, "html", r, reporters.Options{})), "article", "finding") {
			shown.WriteString(e.text + "\n")
		}
		for i := range r.Findings {
			f := &r.Findings[i]
			for _, want := range []string{f.Message, f.Fingerprint, f.Resource, f.ExportID} {
				if !strings.Contains(shown.String(), reporters.Visible(want)) {
					t.Fatalf("%s: %q of a finding of %s is not shown", name, want, f.RuleID)
				}
			}
		}
	}
}

// TestHTMLMarksTheDecidingStatement and nothing else of its document.
func TestHTMLMarksTheDecidingStatement(t *testing.T) {
	for _, figure := range pick(elements(t, render(t, "html", fullReport(), reporters.Options{})), "figure", "source") {
		if !strings.Contains(figure.text, "trust.json") {
			continue
		}
		if strings.Count(figure.text, "an-old-id") != 1 {
			t.Errorf("the excerpt is %q", figure.text)
		}
	}
	marked := ""
	for _, e := range pick(elements(t, render(t, "html", fullReport(), reporters.Options{})), "mark", "") {
		marked += e.text
	}
	// Once in the finding's excerpt, and once in the whole document.
	if strings.Count(marked, `"sts:ExternalId": "an-old-id"`) != 2 || strings.Contains(marked, "Ops") {
		t.Errorf("marked is %q", marked)
	}
}

// TestHTMLLinksOnlyToWhatABrowserFetches: what somebody's rule names is no link of
// another kind.
func TestHTMLLinksOnlyToWhatABrowserFetches(t *testing.T) {
	for address, link := range map[string]bool{
		"https://docs.aws.amazon.com/x?a=1&b=\"2": true, "http://intranet/rules": true,
		"javascript:alert(1)": false, " javascript:alert(1)": false, "JavaScript:alert(1)": false, "data:text/html,x": false, "//host/x": false, "rules.md": false,
	} {
		r := fullReport()
		for i := range r.Rules {
			r.Rules[i].References = []string{address}
		}
		all := elements(t, render(t, "html", r, reporters.Options{}))
		see := pick(all, "p", "references")
		if len(see) == 0 || see[0].text != "See "+address {
			t.Fatalf("%q is shown as %+v", address, see)
		}
		linked := slices.ContainsFunc(pick(all, "a", ""), func(e *element) bool { return e.attr["href"] == address })
		if linked != link {
			t.Errorf("%q is a link: %t", address, linked)
		}
	}
}

// TestHTMLVerdict: nothing is in order that is not whole, whatever it exits with.
func TestHTMLVerdict(t *testing.T) {
	unknown := scanner.Finding{RuleID: "tls_required", Status: scanner.StatusUnknown, Tenant: "acme", ExportID: firstExport}
	fail := scanner.Finding{RuleID: "tls_required", Status: scanner.StatusFail, Severity: scanner.SeverityLow, Tenant: "acme", ExportID: firstExport}
	waived, resolved := fail, fail
	waived.Waiver, resolved.State = waiver(), scanner.StateResolved
	tests := []struct {
		name     string
		findings []scanner.Finding
		change   func(*scanner.Report)
		word     string
	}{
		{name: "nothing", word: "In order"},
		{name: "a failure", findings: []scanner.Finding{fail, unknown}, word: "Failed"},
		{name: "a failure that is tolerated", findings: []scanner.Finding{fail}, word: "Failed"},
		{name: "a waived failure", findings: []scanner.Finding{waived, resolved}, word: "In order"},
		{name: "an unknown", findings: []scanner.Finding{unknown, resolved}, word: "Incomplete", change: func(r *scanner.Report) { r.Scan.Complete = false }},
		{name: "an incomplete list", word: "Incomplete", change: func(r *scanner.Report) { r.Scan.Complete, r.Tenants[0].Complete = false, false }},
		{name: "it could not run", word: "Did not run", change: func(r *scanner.Report) { r.Scan.Complete, r.Scan.Error = false, "no tenant could be read" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := emptyReport()
			r.Findings = tt.findings
			if tt.change != nil {
				tt.change(r)
			}
			all := elements(t, render(t, "html", r, reporters.Options{}))
			if got := pick(all, "p", "word")[0].text; got != tt.word {
				t.Errorf("the verdict is %q, want %q", got, tt.word)
			}
			if green := len(pick(all, "div", "is-pass")) > 0; green != (tt.word == "In order") {
				t.Errorf("the verdict is shown green: %t", green)
			}
			if len(pick(all, "h1", "")) != 1 {
				t.Error("the page has not one h1")
			}
		})
	}
}

// TestHTMLMatrixSaysWhatTheResultsSay: no letter is a P that is no pass, and a
// waived failure is one only where every failure is waived.
func TestHTMLMatrixSaysWhatTheResultsSay(t *testing.T) {
	r := fullReport()
	delete(r.Exports[2].Results, "key_usable") // never judged
	rows := map[string]string{}
	page := render(t, "html", r, reporters.Options{})
	table := page[strings.Index(page, `<table class="matrix">`):]
	for _, row := range strings.Split(table[:strings.Index(table, "</table>")], "<tr>")[2:] {
		id := regexp.MustCompile(`<code>([0-9a-f-]+)</code>`).FindStringSubmatch(row)[1]
		for _, cell := range regexp.MustCompile(`<td( class="\w")?>(?:<a [^>]*>)?(.)`).FindAllStringSubmatch(row, -1) {
			if rows[id] += cell[2]; (cell[1] == "") != (cell[2] == "P") {
				t.Errorf("%s is coloured as%s", cell[2], cell[1])
			}
		}
	}
	// custom.named, uses_role, key_usable, tls_required, external_id_equals_configuration_id
	want := map[string]string{firstExport: "EPUFF", secondExport: "\u2013PPWP", thirdExport: "\u2013PUFP"}
	for id, letters := range want {
		if rows[id] != letters {
			t.Errorf("%s is shown as %q, want %q", id, rows[id], letters)
		}
	}
}

// TestHTMLCalendar: a day of which nothing can be said is no hole, and none is
// delivered.
func TestHTMLCalendar(t *testing.T) {
	said := func(change func(*scanner.ExportDelivery)) (string, []string) {
		r := fullReport()
		change(&r.Annex.Deliveries[0])
		all := elements(t, render(t, "html", r, reporters.Options{}))
		titles, tables := pick(all, "title", ""), pick(all, "table", "numbers")
		if len(tables) == 0 {
			return "", nil
		}
		return titles[len(titles)-1].text, strings.Split(strings.ReplaceAll(strings.TrimSpace(tables[0].text), " ", ""), "\n")
	}
	title, lines := said(func(*scanner.ExportDelivery) {})
	if title != "Objects of 26 days, none of 2 days, 1 day open" {
		t.Errorf("the calendar is called %q", title)
	}
	if row := lines[len(lines)-1]; !strings.HasSuffix(row, strings.Repeat("2", 9)+"00"+strings.Repeat("2", 17)+"?") {
		t.Errorf("the numbers are %q", row)
	}
	title, lines = said(func(d *scanner.ExportDelivery) { d.Complete = false })
	if title != "Objects of 26 days, none of 0 days, 3 days open" || strings.Contains(lines[len(lines)-1], "00") {
		t.Errorf("of a listing that is not whole the calendar is called %q, the numbers are %q", title, lines[len(lines)-1])
	}
	if title, _ = said(func(d *scanner.ExportDelivery) { d.Since = time.Time{} }); title != "" {
		t.Errorf("of a listing that does not tell days there is a calendar %q", title)
	}
}

// TestHTMLTellsWhatElseItIsHanded: drift, waivers and calls.
func TestHTMLTellsWhatElseItIsHanded(t *testing.T) {
	all := elements(t, render(t, "html", fullReport(), reporters.Options{}))
	text := all[0].text
	for _, want := range []string{
		"anyone may read the trail who could not before", "For example: s3:GetObject by * on " + trailBucket + "/immuta/x",
		"11 days left", "29 days ago", "TLS is enforced by the endpoint until the policy is migrated",
		"iam:GetRole f1a0c2d4-8e7b-4c55-9d3e-000000000001 " + scanner.Digest(trustPolicy), "s3:GetBucketPolicy 4442587FB7D0A2F9 none", "2 calls were answered",
		"request 4442587FB7D0A2F9", "no session policy narrows the role session that Immuta opens",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if added := pick(all, "ins", ""); len(added) != 1 || !strings.Contains(added[0].text, `"Principal": "*"`) {
		t.Errorf("%d lines are shown as added", len(added))
	}
}

// TestHTMLLeavesOutAndSaysSo: of a document of thousands of lines it shows what
// decides, and counts the rest.
func TestHTMLLeavesOutAndSaysSo(t *testing.T) {
	r := fullReport()
	long := `{"Statement":[` + strings.Repeat(`{"Sid":"x"},`, 1000) + `{"Sid":"decides"}]}`
	f := &r.Findings[0]
	f.Evidence[0].Pointer, f.Evidence[0].Digest = "/Statement/1000", scanner.Digest(long)
	f.Evidence[0].Line, f.Evidence[0].Column = scanner.NewDisplay(long).Position("/Statement/1000")
	r.Annex.Documents[scanner.Digest(long)] = long
	all := elements(t, render(t, "html", r, reporters.Options{}))
	for _, whole := range pick(all, "pre", "whole") {
		if !strings.Contains(whole.text, "decides") {
			continue
		}
		left := regexp.MustCompile(`(\d+) lines are left out here`).FindStringSubmatch(whole.text)
		if left == nil {
			t.Fatal("nothing is left out")
		}
		lines := strings.Count(scanner.NewDisplay(long).Text, "\n")
		if shown := strings.Count(whole.text, "\n") - 1; strconv.Itoa(lines-shown) != left[1] {
			t.Errorf("%s lines are said to be left out: %d of %d are shown", left[1], shown, lines)
		}
		return
	}
	t.Fatal("the document is not shown")
}

// TestHTMLTellsWhatWasAttested: beside the finding, and in a list of all that says
// what no longer counts.
func TestHTMLTellsWhatWasAttested(t *testing.T) {
	all := elements(t, render(t, "html", withControls(fullReport()), reporters.Options{}))
	beside := 0
	for _, article := range pick(all, "article", "finding") {
		if strings.Contains(article.text, "Attested: passed by hand, by dana@acme.example on 2026-02-20, until 2026-05-20") {
			if beside++; !strings.Contains(article.text, "whether the writer may use the key") {
				t.Errorf("an attestation stands beside another finding: %s", article.text)
			}
		}
	}
	section := pick(all, "section", "")
	section = section[slices.IndexFunc(section, func(e *element) bool { return e.attr["id"] == "attested" }):]
	for _, want := range []string{"80 days left", "1 day ago", "failed by hand", "proof/key review.pdf", scanner.Digest("key review")} {
		if !strings.Contains(section[0].text, want) {
			t.Errorf("the list does not say %q: %s", want, section[0].text)
		}
	}
	if beside != 1 {
		t.Errorf("it stands beside %d findings", beside)
	}
}
