package reporters

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
)

// The class of OCSF 1.5.0 that the events belong to:
// https://schema.ocsf.io/1.5.0/classes/compliance_finding.
const (
	ocsfVersion   = "1.5.0"
	ocsfCategory  = 2
	ocsfClass     = 2003
	ocsfClassName = "Compliance Finding"
)

// ocsfID is a number of a list in OCSF, and the caption that goes with it.
type ocsfID struct {
	id      int
	caption string
}

type ocsfEvent struct {
	ActivityID   int             `json:"activity_id"`
	Activity     string          `json:"activity_name"`
	CategoryUID  int             `json:"category_uid"`
	Category     string          `json:"category_name"`
	ClassUID     int             `json:"class_uid"`
	Class        string          `json:"class_name"`
	TypeUID      int             `json:"type_uid"`
	Type         string          `json:"type_name"`
	SeverityID   int             `json:"severity_id"`
	Severity     string          `json:"severity"`
	StatusID     int             `json:"status_id"`
	Status       string          `json:"status"`
	StatusDetail string          `json:"status_detail,omitzero"` // who waived it, and until when
	Time         int64           `json:"time"`                   // milliseconds since 1970
	Message      string          `json:"message"`
	Metadata     ocsfMetadata    `json:"metadata"`
	Finding      ocsfFinding     `json:"finding_info"`
	Compliance   ocsfCompliance  `json:"compliance"`
	Remediation  ocsfRemediation `json:"remediation,omitzero"`
	Resources    []ocsfResource  `json:"resources"`
	Cloud        ocsfCloud       `json:"cloud"`
	Unmapped     ocsfUnmapped    `json:"unmapped"`
}

type ocsfMetadata struct {
	Version        string      `json:"version"`
	EventCode      string      `json:"event_code"`
	CorrelationUID string      `json:"correlation_uid,omitzero"` // the snapshot's digest
	TenantUID      string      `json:"tenant_uid,omitzero"`
	Profiles       []string    `json:"profiles"`
	Product        ocsfProduct `json:"product"`
}

type ocsfProduct struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor_name"`
	Version string `json:"version,omitzero"`
}

type ocsfFinding struct {
	UID      string       `json:"uid"`
	Title    string       `json:"title"`
	Desc     string       `json:"desc,omitzero"`
	Analytic ocsfAnalytic `json:"analytic"`
}

type ocsfAnalytic struct {
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
	UID    string `json:"uid"`
}

type ocsfCompliance struct {
	Control      string   `json:"control"`
	Standards    []string `json:"standards,omitempty"`
	Requirements []string `json:"requirements,omitempty"`
	StatusID     int      `json:"status_id"`
	Status       string   `json:"status"`
	StatusCode   string   `json:"status_code,omitzero"`
	Details      []string `json:"status_details,omitempty"` // why it is not assessed
}

type ocsfRemediation struct {
	Desc       string   `json:"desc"`
	References []string `json:"references,omitempty"`
}

type ocsfResource struct {
	UID       string `json:"uid"`
	Partition string `json:"cloud_partition,omitzero"`
	Region    string `json:"region,omitzero"`
}

type ocsfCloud struct {
	Provider string       `json:"provider"`
	Region   string       `json:"region,omitzero"`
	Account  *ocsfAccount `json:"account,omitempty"`
}

type ocsfAccount struct {
	UID    string `json:"uid"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
}

// ocsfUnmapped holds what OCSF has no attribute for.
type ocsfUnmapped struct {
	ExportID string        `json:"export_id,omitzero"`
	State    scanner.State `json:"state,omitzero"`
	Document string        `json:"document"` // below the folder of evidence
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	// Changed is who last changed what a new failure rests on, and when, by the
	// names that are the same in all formats.
	Changed map[string]string `json:"who,omitempty"`
}

// OCSF writes Compliance Findings of OCSF 1.5.0, one a line: one for each
// tenant, whether its exports were read whole, and one for every finding.
// Waived, accepted and resolved findings are included, and their status says
// so. What was not assessed is never a warning, which dashboards count as
// passed with remarks.
func OCSF(w io.Writer, r *scanner.Report, o Options) error {
	rules := rulesByID(r)
	for i := range r.Tenants {
		if f, told := completenessOf(r, &r.Tenants[i]); told {
			if err := writeJSON(w, ocsfOf(r, &f, nil, o)); err != nil {
				return fmt.Errorf("write ocsf report: %w", err)
			}
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if err := writeJSON(w, ocsfOf(r, f, rules[f.RuleID], o)); err != nil {
			return fmt.Errorf("write finding %d of %d: %w", i+1, len(r.Findings), err)
		}
	}
	return nil
}

func ocsfOf(r *scanner.Report, f *scanner.Finding, rule *scanner.Rule, o Options) *ocsfEvent {
	activity, severity, status := ocsfActivity(f), ocsfSeverity(f.Severity), ocsfStatus(f)
	at := firstLocation(f)
	e := &ocsfEvent{
		ActivityID: activity.id, Activity: activity.caption, CategoryUID: ocsfCategory, Category: "Findings",
		ClassUID: ocsfClass, Class: ocsfClassName, TypeUID: ocsfClass*100 + activity.id, Type: ocsfClassName + ": " + activity.caption,
		SeverityID: severity.id, Severity: severity.caption, StatusID: status.id, Status: status.caption, StatusDetail: waivedBy(f),
		Time: r.Scan.EvaluatedAt.UnixMilli(), Message: firstOf(Visible(f.Message), f.RuleID),
		Metadata: ocsfMetadata{
			Version: ocsfVersion, EventCode: f.RuleID, CorrelationUID: r.Scan.SnapshotDigest, TenantUID: Visible(f.Tenant), Profiles: []string{"cloud"},
			Product: ocsfProduct{"trailguard", "trailguard", r.Tool.Version},
		},
		Finding:    ocsfFinding{UID: identity(f), Title: f.RuleID, Analytic: ocsfAnalytic{1, "Rule", f.RuleID}},
		Compliance: ocsfComplianceOf(f),
		Unmapped:   ocsfUnmapped{Visible(f.ExportID), f.State, Visible(evidencePath(at.Path, o)), max(1, at.Line), max(1, at.Column), whoMap(f.Who)},
	}
	if f.Status != scanner.StatusFail && f.Status != scanner.StatusPass {
		e.Message = notAssessed(f)
	}
	if fix := remedyOf(f); fix != "" {
		e.Remediation.Desc = fix
	}
	if rule != nil {
		e.Finding.Title, e.Finding.Desc = firstOf(Visible(rule.Title), f.RuleID), Visible(strings.TrimSpace(rule.Description))
		if e.Remediation.Desc != "" {
			e.Remediation.References = rule.References
		}
	}
	e.Resources, e.Cloud = ocsfWhere(f)
	return e
}

func ocsfActivity(f *scanner.Finding) ocsfID {
	switch f.State {
	case scanner.StateResolved:
		return ocsfID{3, "Close"}
	case scanner.StateUnchanged, scanner.StateIncomparable:
		return ocsfID{2, "Update"}
	case scanner.StateNew:
	}
	return ocsfID{1, "Create"}
}

func ocsfSeverity(s scanner.Severity) ocsfID {
	switch s {
	case scanner.SeverityInfo:
		return ocsfID{1, "Informational"}
	case scanner.SeverityLow:
		return ocsfID{2, "Low"}
	case scanner.SeverityMedium:
		return ocsfID{3, "Medium"}
	case scanner.SeverityHigh:
		return ocsfID{4, "High"}
	case scanner.SeverityCritical:
		return ocsfID{5, "Critical"}
	default:
		return ocsfID{0, "Unknown"}
	}
}

// ocsfStatus is the state of work on the finding, not its outcome.
func ocsfStatus(f *scanner.Finding) ocsfID {
	switch {
	case f.State == scanner.StateResolved:
		return ocsfID{4, "Resolved"}
	case f.Waiver != nil || f.Accepted():
		return ocsfID{3, "Suppressed"}
	default:
		return ocsfID{1, "New"}
	}
}

func ocsfComplianceOf(f *scanner.Finding) ocsfCompliance {
	c := ocsfCompliance{Control: f.RuleID}
	switch f.Status {
	case scanner.StatusFail:
		c.StatusID, c.Status = 3, "Fail"
	case scanner.StatusError:
		c.StatusID, c.Status, c.Details = 99, "Error", []string{Visible(f.Message)}
	case scanner.StatusPass:
		c.StatusID, c.Status = 1, "Pass"
	case scanner.StatusUnknown, scanner.StatusNotApplicable: // the last is no finding
		c.StatusID, c.Status, c.StatusCode, c.Details = 0, "Unknown", "not_assessed", []string{Visible(f.Message)}
	}
	for _, control := range f.Controls {
		c.Standards = append(c.Standards, control.Framework)
		for _, id := range control.IDs {
			c.Requirements = append(c.Requirements, control.Framework+" "+id)
		}
	}
	slices.Sort(c.Standards)
	c.Standards = slices.Compact(c.Standards)
	return c
}

// ocsfWhere returns the resource and the cloud that the finding is about. A
// resource without an ARN belongs to Immuta.
func ocsfWhere(f *scanner.Finding) ([]ocsfResource, ocsfCloud) {
	resource := ocsfResource{UID: firstOf(Visible(f.Resource), Visible(f.ExportID), Visible(f.Tenant), "unknown")}
	arn, ok := iam.ParseARN(f.Resource)
	if !ok {
		return []ocsfResource{resource}, ocsfCloud{Provider: "Immuta"}
	}
	resource.Partition, resource.Region = Visible(arn.Partition), Visible(arn.Region)
	cloud := ocsfCloud{Provider: "AWS", Region: resource.Region}
	if iam.IsAccountID(arn.Account) {
		cloud.Account = &ocsfAccount{arn.Account, 10, "AWS Account"}
	}
	return []ocsfResource{resource}, cloud
}
