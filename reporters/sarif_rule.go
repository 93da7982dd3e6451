package reporters

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

const (
	maxTags        = 10
	maxDescription = 1024
	rulesPage      = informationURI + "/blob/main/docs/rules.md#"
)

// sarifRules returns the rules by id. A finding whose rule is not among those
// of the report still needs a description: GitHub rejects it otherwise.
func sarifRules(r *scanner.Report) []scanner.Rule {
	rules := slices.Clone(r.Rules)
	known := map[string]bool{}
	for i := range rules {
		known[rules[i].ID] = true
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; !known[f.RuleID] {
			known[f.RuleID] = true
			rules = append(rules, scanner.Rule{ID: f.RuleID, Severity: f.Severity, Controls: f.Controls, Remediation: f.Remediation})
		}
	}
	slices.SortFunc(rules, func(x, y scanner.Rule) int { return strings.Compare(x.ID, y.ID) })
	return rules
}

func sarifRule(rule *scanner.Rule) *sarif.ReportingDescriptor {
	title := firstOf(rule.Title, rule.ID)
	description := firstOf(rule.Description, title)
	configuration := sarif.NewReportingConfiguration()
	configuration.Level = sarifLevel(rule.Severity)
	properties := sarif.NewPropertyBag().Add("security-severity", securitySeverity(rule.Severity)).WithTags(sarifTags(rule))
	return sarif.NewReportingDescriptor().
		WithID(rule.ID).
		WithName(pascalCase(rule.ID)).
		WithShortDescription(sarifText(visible.Cut(title, maxDescription), "")).
		WithFullDescription(sarifText(visible.Cut(description, maxDescription), "")).
		WithHelp(sarifText(helpText(rule, description), helpMarkdown(rule, description))).
		WithHelpURI(helpURI(rule)).
		WithDefaultConfiguration(configuration).
		WithProperties(properties)
}

func sarifText(text, markdown string) *sarif.MultiformatMessageString {
	m := sarif.NewMultiformatMessageString().WithText(text)
	if markdown != "" {
		m.WithMarkdown(markdown)
	}
	return m
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return strings.TrimSpace(t)
		}
	}
	return ""
}

func helpText(rule *scanner.Rule, description string) string {
	parts := []string{description}
	if rule.Remediation != "" {
		parts = append(parts, "Fix: "+rule.Remediation)
	}
	for _, c := range rule.Controls {
		parts = append(parts, c.Framework+": "+strings.Join(c.IDs, ", "))
	}
	parts = append(parts, rule.References...)
	return strings.Join(parts, "\n")
}

func helpMarkdown(rule *scanner.Rule, description string) string {
	parts := []string{description}
	if rule.Remediation != "" {
		parts = append(parts, "**Fix:** "+rule.Remediation)
	}
	var list []string
	for _, c := range rule.Controls {
		list = append(list, "- "+c.Framework+": "+strings.Join(c.IDs, ", "))
	}
	for _, link := range rule.References {
		list = append(list, "- <"+link+">")
	}
	if len(list) > 0 {
		parts = append(parts, strings.Join(list, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// helpURI is the rule's own page, or the page that a user's rule refers to.
func helpURI(rule *scanner.Rule) string {
	for _, link := range rule.References {
		if u, err := url.Parse(link); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
			return link
		}
	}
	return rulesPage + url.PathEscape(rule.ID)
}

// sarifTags are at most ten, because GitHub keeps no more.
func sarifTags(rule *scanner.Rule) []string {
	tags := []string{"security"}
	if rule.Group != "" {
		tags = append(tags, rule.Group)
	}
	for _, c := range rule.Controls {
		for _, id := range c.IDs {
			if tag := c.Framework + " " + id; !slices.Contains(tags, tag) && len(tags) < maxTags {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// securitySeverity is GitHub's number: over 9.0 is critical, 7.0 to 8.9 high,
// 4.0 to 6.9 medium, the rest low. Zero would mean that there is no severity.
func securitySeverity(s scanner.Severity) string {
	switch s {
	case scanner.SeverityCritical:
		return "9.5"
	case scanner.SeverityHigh:
		return "8.0"
	case scanner.SeverityMedium:
		return "5.5"
	case scanner.SeverityLow:
		return "3.0"
	case scanner.SeverityInfo:
		return "1.0"
	default:
		return "9.5"
	}
}

func sarifLevel(s scanner.Severity) string {
	switch s {
	case scanner.SeverityCritical, scanner.SeverityHigh:
		return "error"
	case scanner.SeverityMedium:
		return "warning"
	case scanner.SeverityLow, scanner.SeverityInfo:
		return "note"
	default:
		return "error"
	}
}

// pascalCase turns an id into a name, as SARIF wants names.
func pascalCase(id string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune(word)
		b.WriteString(string(unicode.ToUpper(runes[0])) + string(runes[1:]))
	}
	return b.String()
}
