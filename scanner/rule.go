package scanner

import (
	"fmt"
	"slices"
)

// Severity is how much a rule's failure matters.
type Severity string

// The severities, most severe first.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
	SeverityInfo     Severity = "info"
)

// Severities lists all severities, most severe first.
func Severities() []Severity {
	return []Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow, SeverityInfo}
}

// Rank orders severities: 0 is critical, 4 is info. An unknown severity ranks
// before all others, so that it is never overlooked.
func (s Severity) Rank() int {
	for i, v := range Severities() {
		if s == v {
			return i
		}
	}
	return -1
}

// ParseSeverity reads a severity as the command line and METADATA spell it.
func ParseSeverity(s string) (Severity, error) {
	if v := Severity(s); v.Rank() >= 0 {
		return v, nil
	}
	return "", fmt.Errorf("unknown severity %q: use one of critical, high, medium, low, info", s)
}

// Scope says what a rule is evaluated over.
type Scope string

// The scopes of rules.
const (
	ScopeExport Scope = "export"
	ScopeTenant Scope = "tenant"
)

// Rule is a rule's METADATA, which is its only source.
type Rule struct {
	ID          string   `json:"id"`
	Group       string   `json:"group"` // folder: export, tenant, trust, s3, kms, credentials, drift; a user's rule: its root package
	Scope       Scope    `json:"scope"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Severity    Severity `json:"severity"`
	// Requires are the names of the facts, declared and read.
	Requires    []string  `json:"requires"`
	Controls    []Control `json:"controls"`
	Remediation string    `json:"remediation"`
	References  []string  `json:"references"` // URLs
}

// Compares reports whether the rule judges what changed since a baseline.
// Without a baseline it has nothing to judge.
func (r *Rule) Compares() bool {
	return slices.ContainsFunc(r.Requires, func(fact string) bool { return slices.Contains(DriftFacts(), fact) })
}

// DriftFacts are the names of the facts about changes since a baseline.
func DriftFacts() []string {
	return []string{"access_lost", "access_widened", "configuration_drift", "protection_drift", "removed_exports"}
}

// Control is a requirement of a framework that a rule bears on.
type Control struct {
	Framework string   `json:"framework"` // "NIST 800-53r5", "ISO 27001:2022", "SOC 2", "PCI DSS 4.0", "HIPAA", "CIS AWS"
	IDs       []string `json:"ids"`
}
