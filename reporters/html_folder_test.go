package reporters_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// folder writes a report as pages and returns them by name, and the last name.
func folder(t *testing.T, r *scanner.Report) (pages map[string]string, last string) {
	t.Helper()
	pages = map[string]string{}
	html, _ := reporters.LookupFolder("html")
	for _, file := range html.Files(r, reporters.Options{}) {
		var text strings.Builder
		last = file.Name
		if _, twice := pages[last]; twice || !html.Named(last) {
			t.Errorf("%s is written twice, or no page is named so", last)
		}
		must(t, file.Write(&text))
		pages[last] = text.String()
	}
	return pages, last
}

// TestHTMLFolderLosesNothing: each finding, export and call of the one page is on
// exactly one of the folder's, and every link leads somewhere.
func TestHTMLFolderLosesNothing(t *testing.T) {
	reports := cases()
	reports["an export that is gone"] = func() *scanner.Report {
		r := withControls(fullReport())
		r.Findings[0].ExportID, r.Findings[1].Tenant = "gone", "nobody"
		return r
	}
	for name, report := range reports {
		whole := elements(t, render(t, "html", report(), reporters.Options{}))
		pages, last := folder(t, report())
		if last != "index.html" {
			t.Errorf("%s: %s is written last", name, last)
		}
		ids := map[string]map[string]bool{}
		shown := map[string]int{}
		rows := 0
		for file, text := range pages {
			ids[file] = map[string]bool{}
			for _, e := range elements(t, text) {
				ids[file][e.attr["id"]] = true
				if e.name == "article" {
					shown[e.attr["id"]]++
				}
			}
			rows += strings.Count(text, `<th scope="row">`)
			if !strings.Contains(text, "default-src &#39;none&#39;") {
				t.Errorf("%s: %s has no policy", name, file)
			}
		}
		for _, e := range pick(whole, "article", "finding") {
			if shown[e.attr["id"]] != 1 {
				t.Errorf("%s: %q is on %d pages", name, e.text, shown[e.attr["id"]])
			}
		}
		// The index has a row for each of the other pages.
		if want := strings.Count(render(t, "html", report(), reporters.Options{}), `<th scope="row">`) + len(pages) - 1; rows != want {
			t.Errorf("%s: the pages have %d rows, want %d", name, rows, want)
		}
		for file, text := range pages {
			for _, e := range pick(elements(t, text), "a", "") {
				to, at, _ := strings.Cut(e.attr["href"], "#")
				if strings.Contains(to, "//") {
					continue
				}
				if to == "" {
					to = file
				}
				if ids[to] == nil || !ids[to][at] {
					t.Errorf("%s: %s leads to %s, which is not there", name, file, e.attr["href"])
				}
			}
		}
	}
}

// TestHTMLFolderSaysTheVerdictEverywhere: a page without failures is no clean report.
func TestHTMLFolderSaysTheVerdictEverywhere(t *testing.T) {
	r := withControls(bigReport(600))
	for i := range r.Exports[300:] {
		r.Exports[300+i].Results = emptyReport().Exports[0].Results
	}
	var findings []scanner.Finding
	for i := range r.Findings[:900] {
		findings = append(findings, r.Findings[i])
	}
	r.Findings = findings
	pages, _ := folder(t, r)
	for name, text := range pages {
		all := elements(t, text)
		said := append(pick(all, "p", "whole-verdict"), pick(all, "p", "word")...)
		if len(said) != 1 || !strings.Contains(said[0].text, "Failed") {
			t.Errorf("%s does not say that the report failed", name)
		}
		if strings.Contains(text, "Nothing fails") && name == "index.html" {
			t.Error("the index says that nothing fails")
		}
	}
	// The index, three pages of one tenant, one of the other, and one of calls.
	if len(pages) != 6 {
		t.Errorf("%d pages of 600 exports", len(pages))
	}
}

func TestHTMLFolderReturnsErrors(t *testing.T) {
	html, _ := reporters.LookupFolder("html")
	for _, file := range html.Files(fullReport(), reporters.Options{}) {
		if err := file.Write(&fullDisk{10}); !errors.Is(err, errFull) {
			t.Errorf("%s: a full disk is %v", file.Name, err)
		}
	}
}
