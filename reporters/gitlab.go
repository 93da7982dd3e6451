package reporters

import (
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
)

// gitlabIssue is an entry of a GitLab Code Quality report.
type gitlabIssue struct {
	Type        string         `json:"type"`
	CheckName   string         `json:"check_name"`
	Description string         `json:"description"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"` // info, minor, major, critical or blocker
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"` // relative, without ./
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// GitLab writes a Code Quality report for merge requests: what fails and is not
// waived, and what could not be assessed. GitLab takes an issue that is left
// out for fixed, so a list of exports that may not be whole is an issue too.
func GitLab(w io.Writer, r *scanner.Report, o Options) error {
	p := newPartition(r.Findings)
	issues := []gitlabIssue{}
	for i := range r.Tenants {
		t := &r.Tenants[i]
		if _, why := incomplete(r, t); why != "" {
			f := scanComplete(t, why)
			issues = append(issues, gitlabFinding(&f, o, f.Message))
		}
	}
	for _, f := range p.fails {
		issues = append(issues, gitlabFinding(f, o, firstOf(Visible(f.Message), f.RuleID)))
	}
	for _, f := range p.unassessed {
		issues = append(issues, gitlabFinding(f, o, notAssessed(f)))
	}
	if err := writeJSON(w, issues, jsontext.WithIndent(" ")); err != nil {
		return fmt.Errorf("write gitlab report: %w", err)
	}
	return nil
}

func gitlabFinding(f *scanner.Finding, o Options, message string) gitlabIssue {
	at := firstLocation(f)
	if f.Who != nil {
		message += "; " + who(f.Who)
	}
	if f.Fix != nil { // it has no room for a remediation
		message += ". Proven to mend it: " + Visible(f.Fix.Summary)
	}
	return gitlabIssue{
		Type: "issue", CheckName: f.RuleID, Description: message, Severity: gitlabSeverity(f.Severity),
		Fingerprint: identity(f),
		Location:    gitlabLocation{Visible(evidencePath(at.Path, o)), gitlabLines{max(1, at.Line)}},
	}
}

func gitlabSeverity(s scanner.Severity) string {
	switch s {
	case scanner.SeverityInfo:
		return "info"
	case scanner.SeverityLow:
		return "minor"
	case scanner.SeverityMedium:
		return "major"
	case scanner.SeverityHigh:
		return "critical"
	default:
		return "blocker"
	}
}
