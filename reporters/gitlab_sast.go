package reporters

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// sastVersion is the version of GitLab's schema for SAST reports, which sets
// the lengths below:
// https://gitlab.com/gitlab-org/security-products/security-report-schemas.
const (
	sastVersion     = "15.0.4"
	sastName        = 255
	sastDescription = 1 << 16
	sastSolution    = 7000
)

type sastReport struct {
	Version         string              `json:"version"`
	Scan            sastScan            `json:"scan"`
	Vulnerabilities []sastVulnerability `json:"vulnerabilities"`
}

// sastScan lists no primary identifiers. With them, GitLab would resolve
// whatever has other identifiers, and a run may be of some rules only.
type sastScan struct {
	Analyzer sastTool      `json:"analyzer"`
	Scanner  sastTool      `json:"scanner"`
	Type     string        `json:"type"`
	Start    string        `json:"start_time"` // UTC, without a zone
	End      string        `json:"end_time"`
	Status   string        `json:"status"` // success or failure
	Messages []sastMessage `json:"messages,omitempty"`
}

type sastTool struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Version string     `json:"version"`
	Vendor  sastVendor `json:"vendor"`
}

type sastVendor struct {
	Name string `json:"name"`
}

type sastMessage struct {
	Level string `json:"level"` // info, warn or fatal
	Value string `json:"value"`
}

type sastVulnerability struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Severity    string           `json:"severity"`
	Solution    string           `json:"solution,omitzero"`
	Identifiers []sastIdentifier `json:"identifiers"`
	Links       []sastLink       `json:"links,omitempty"`
	Location    sastLocation     `json:"location"`
	Tracking    sastTracking     `json:"tracking"`
}

type sastIdentifier struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

type sastLink struct {
	URL string `json:"url"`
}

type sastLocation struct {
	File  string `json:"file"` // relative, without ./
	Start int    `json:"start_line"`
}

// sastTracking lets GitLab recognise a vulnerability whose statement has moved.
type sastTracking struct {
	Type  string        `json:"type"`
	Items []sastTracked `json:"items"`
}

type sastTracked struct {
	File       string          `json:"file"`
	Start      int             `json:"start_line"`
	End        int             `json:"end_line"`
	Signatures []sastSignature `json:"signatures"`
}

type sastSignature struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

// GitLabSAST writes a report for GitLab's vulnerability management: every
// finding that is not resolved. GitLab takes a finding that is left out for
// fixed. Waived and accepted findings are therefore in the report, and marked
// as such. An incomplete run has the status failure.
func GitLabSAST(w io.Writer, r *scanner.Report, o Options) error {
	rules := rulesByID(r)
	version := firstOf(Visible(r.Tool.Version), "devel")
	tool := sastTool{ID: "trailguard", Name: "trailguard", Version: version, Vendor: sastVendor{"trailguard"}}
	report := sastReport{
		Version: sastVersion,
		Scan: sastScan{
			Analyzer: tool, Scanner: tool, Type: "sast", Status: "success",
			// Judging may have been as of an earlier time.
			Start: sastTime(r.Scan.CollectedAt), End: sastTime(r.Scan.CollectedAt),
		},
		Vulnerabilities: []sastVulnerability{},
	}
	if !r.Scan.Complete {
		report.Scan.Status = "failure"
		report.Scan.Messages = []sastMessage{{"warn", "the run is incomplete: something could not be assessed, and what is missing here may not be mended"}}
	}
	for i := range r.Tenants {
		if _, why := incomplete(r, &r.Tenants[i]); why != "" {
			f := scanComplete(&r.Tenants[i], why)
			report.Vulnerabilities = append(report.Vulnerabilities, sastFinding(&f, nil, o))
		}
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.State != scanner.StateResolved {
			report.Vulnerabilities = append(report.Vulnerabilities, sastFinding(f, rules[f.RuleID], o))
		}
	}
	if err := writeJSON(w, report, jsontext.WithIndent(" ")); err != nil {
		return fmt.Errorf("write gitlab-sast report: %w", err)
	}
	return nil
}

func sastFinding(f *scanner.Finding, rule *scanner.Rule, o Options) sastVulnerability {
	title, description := headline(f, rule)
	if waived := waivedBy(f); waived != "" {
		description = "Accepted: " + waived + "\n" + description
	}
	if f.Who != nil {
		description += "\n" + who(f.Who)
	}
	at := firstLocation(f)
	location := sastLocation{Visible(evidencePath(at.Path, o)), max(1, at.Line)}
	v := sastVulnerability{
		ID: identity(f), Name: visible.Cut(title, sastName), Description: visible.Cut(description+"\n"+about(f), sastDescription),
		Severity: sastSeverity(f.Severity), Solution: visible.Cut(remedyOf(f), sastSolution),
		Identifiers: []sastIdentifier{{"trailguard_rule", firstOf(Visible(f.RuleID), "unknown"), firstOf(Visible(f.RuleID), "unknown")}},
		Location:    location,
		Tracking: sastTracking{"source", []sastTracked{{
			location.File, location.Start, location.Start, []sastSignature{{"hash", identity(f)}},
		}}},
	}
	if rule == nil {
		return v
	}
	for _, link := range rule.References {
		if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
			v.Links = append(v.Links, sastLink{Visible(link)})
		}
	}
	return v
}

// sastTime formats a time as GitLab's schema demands: UTC, without a zone.
func sastTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

func sastSeverity(s scanner.Severity) string {
	switch s {
	case scanner.SeverityInfo:
		return "Info"
	case scanner.SeverityLow:
		return "Low"
	case scanner.SeverityMedium:
		return "Medium"
	case scanner.SeverityHigh:
		return "High"
	default:
		return "Critical"
	}
}
