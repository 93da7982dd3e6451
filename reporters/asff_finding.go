package reporters

import (
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
)

// The lengths that Security Hub takes, in UTF-16 code units, which are never fewer
// than characters: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html.
const (
	asffTitle          = 256
	asffDescription    = 1024
	asffID             = 512
	asffRecommendation = 512
	asffRequirement    = 64
	asffRequirements   = 32
	// asffField is shorter than a product field may be, so that 100 findings
	// stay below the 6 MB of a call.
	asffField = 512
)

// asffRegion is the region of findings whose own is not known: that of IAM.
const asffRegion = "us-east-1"

// asffPlace is the Security Hub that a finding belongs in.
type asffPlace struct{ account, region string }

// asff makes the findings of one report.
type asff struct {
	report  *scanner.Report
	options Options
	rules   map[string]*scanner.Rule
	exports map[subject]*scanner.ExportResult
	tenants map[string]*scanner.TenantResult
	// places holds, for each tenant, the smallest place of its exports, and
	// under the empty name the smallest of all.
	places map[string]asffPlace
}

func newASFF(r *scanner.Report, o Options) *asff {
	a := &asff{
		report: r, options: o, rules: rulesByID(r), exports: map[subject]*scanner.ExportResult{},
		tenants: map[string]*scanner.TenantResult{}, places: map[string]asffPlace{},
	}
	for i := range r.Tenants {
		a.tenants[r.Tenants[i].Name] = &r.Tenants[i]
	}
	for i := range r.Exports {
		e := &r.Exports[i]
		a.exports[subject{e.Tenant, e.ID}] = e
		place := exportPlace(e)
		for _, name := range []string{e.Tenant, ""} {
			known, seen := a.places[name]
			if place.account != "" && (!seen || place.account < known.account || place.account == known.account && place.region < known.region) {
				a.places[name] = place
			}
		}
	}
	return a
}

// exportPlace returns the account that owns the export's bucket and the
// bucket's region. Where they could not be read, it returns the writer's
// account and the region of the configuration.
func exportPlace(e *scanner.ExportResult) asffPlace {
	p := asffPlace{account: e.BucketAccount}
	for _, account := range []string{iam.AccountOf(e.Endpoint.RoleARN), iam.AccountOf(e.Endpoint.UserARN)} {
		if p.account == "" && iam.IsAccountID(account) {
			p.account = account
		}
	}
	p.region = regionOf(e.BucketRegion, e.Endpoint.Region)
	return p
}

// region matches what a region's name looks like.
var region = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)

// regionOf returns the first of the names that looks like a region's.
func regionOf(names ...string) string {
	for _, name := range names {
		if region.MatchString(name) {
			return name
		}
	}
	return asffRegion
}

// place returns where a finding belongs: with its export, else with the
// resource it is about, else with the tenant's other exports.
func (a *asff) place(f *scanner.Finding) asffPlace {
	arn, _ := iam.ParseARN(f.Resource)
	var p asffPlace
	if e := a.exports[subject{f.Tenant, f.ExportID}]; e != nil {
		p = exportPlace(e)
	}
	if p.account == "" && iam.IsAccountID(arn.Account) {
		p = asffPlace{arn.Account, regionOf(arn.Region, p.region)}
	}
	for _, name := range []string{f.Tenant, ""} {
		if p.account == "" {
			p = a.places[name]
		}
	}
	if p.account == "" {
		p = asffPlace{UnknownAccount, asffRegion}
	}
	return p
}

func (a *asff) finding(f *scanner.Finding) types.AwsSecurityFinding {
	at := a.place(f)
	partition := partitionOf(f, at.region)
	now := new(a.report.Scan.CollectedAt.UTC().Format("2006-01-02T15:04:05.000Z"))
	rule := a.rules[f.RuleID]
	title, description := headline(f, rule)
	out := types.AwsSecurityFinding{
		SchemaVersion: new("2018-10-08"), Id: new(visible.Cut(identity(f), asffID)), GeneratorId: new(visible.Cut("trailguard/"+Visible(f.RuleID), asffID)),
		ProductArn:  new("arn:" + partition + ":securityhub:" + at.region + ":" + at.account + ":product/" + at.account + "/default"),
		ProductName: new("trailguard"), AwsAccountId: &at.account, Region: &at.region, CreatedAt: now, UpdatedAt: now,
		Title:       new(visible.Cut(title, asffTitle)),
		Description: new(visible.Cut(description+". "+about(f), asffDescription)),
		FindingProviderFields: &types.FindingProviderFields{
			Severity: &types.FindingProviderSeverity{Label: asffSeverity(f.Severity), Original: new(visible.Cut(firstOf(string(f.Severity), "unknown"), asffTitle))},
			Types:    []string{"Software and Configuration Checks/AWS Security Best Practices"},
		},
		Compliance: &types.Compliance{Status: a.compliance(f), RelatedRequirements: asffControls(f.Controls)},
		Resources: []types.Resource{{
			Id:   new(visible.Cut(firstOf(Visible(f.Resource), Visible(f.ExportID), Visible(f.Tenant), "unknown"), asffID)),
			Type: new(asffType(f.Resource)), Partition: types.Partition(partition), Region: &at.region,
		}},
		RecordState:   types.RecordStateActive,
		ProductFields: a.fields(f),
	}
	if f.State == scanner.StateResolved {
		out.RecordState = types.RecordStateArchived
	} else if fix := remedyOf(f); fix != "" {
		out.Remediation = &types.Remediation{Recommendation: &types.Recommendation{Text: new(visible.Cut(fix, asffRecommendation))}}
		if rule != nil && len(rule.References) > 0 {
			out.Remediation.Recommendation.Url = new(visible.Cut(rule.References[0], asffID))
		}
	}
	return out
}

// compliance is PASSED only for what was assessed and passes now. What was not
// assessed is never a WARNING, which dashboards count as passed with remarks.
func (a *asff) compliance(f *scanner.Finding) types.ComplianceStatus {
	switch {
	case f.State == scanner.StateResolved && (f.Status == scanner.StatusPass || a.result(f) == scanner.StatusPass):
		return types.ComplianceStatusPassed
	case f.State != scanner.StateResolved && f.Status == scanner.StatusFail:
		return types.ComplianceStatusFailed
	default:
		return types.ComplianceStatusNotAvailable
	}
}

// result returns what the finding's rule says of its subject now. It is empty
// where the rule did not run or the subject is gone.
func (a *asff) result(f *scanner.Finding) scanner.Status {
	if f.ExportID == "" {
		if t := a.tenants[f.Tenant]; t != nil {
			return t.Results[f.RuleID]
		}
		return ""
	}
	if e := a.exports[subject{f.Tenant, f.ExportID}]; e != nil {
		return e.Results[f.RuleID]
	}
	return ""
}

// fields holds what the format has no field for. A waiver is among them rather
// than a workflow status, because only a person could take that status back,
// and waivers expire.
func (a *asff) fields(f *scanner.Finding) map[string]string {
	at := firstLocation(f)
	fields := map[string]string{
		"rule": f.RuleID, "tenant": f.Tenant, "exportId": f.ExportID, "status": string(f.Status), "state": string(f.State),
		"document": evidencePath(at.Path, a.options), "line": strconv.Itoa(max(1, at.Line)), "snapshot": a.report.Scan.SnapshotDigest,
		"waiver": waivedBy(f),
	}
	maps.Copy(fields, whoMap(f.Who))
	out := map[string]string{}
	for name, value := range fields {
		if value = visible.Cut(strings.TrimSpace(Visible(value)), asffField); value != "" {
			out["trailguard/"+name] = value
		}
	}
	return out
}

func asffSeverity(s scanner.Severity) types.SeverityLabel {
	switch s {
	case scanner.SeverityInfo:
		return types.SeverityLabelInformational
	case scanner.SeverityLow:
		return types.SeverityLabelLow
	case scanner.SeverityMedium:
		return types.SeverityLabelMedium
	case scanner.SeverityHigh:
		return types.SeverityLabelHigh
	default:
		return types.SeverityLabelCritical
	}
}

func asffControls(controls []scanner.Control) []string {
	var all []string
	for _, c := range controls {
		for _, id := range c.IDs {
			if text := strings.TrimSpace(Visible(c.Framework + " " + id)); text != "" && len(all) < asffRequirements {
				all = append(all, visible.Cut(text, asffRequirement))
			}
		}
	}
	return all
}

// asffType returns the type of a resource. A path within a bucket has none.
func asffType(resource string) string {
	arn, _ := iam.ParseARN(resource)
	kind, _, below := strings.Cut(arn.Resource, "/")
	switch {
	case arn.Service == "s3" && !below:
		return "AwsS3Bucket"
	case arn.Service == "iam" && kind == "role":
		return "AwsIamRole"
	case arn.Service == "iam" && kind == "user":
		return "AwsIamUser"
	case arn.Service == "iam" && kind == "policy":
		return "AwsIamPolicy"
	case arn.Service == "kms" && kind == "key":
		return "AwsKmsKey"
	default:
		return "Other"
	}
}

// partitionOf returns the partition of the finding's resource, or that of the
// region.
func partitionOf(f *scanner.Finding, region string) string {
	arn, _ := iam.ParseARN(f.Resource)
	switch {
	case arn.Partition == "aws-cn", strings.HasPrefix(region, "cn-"):
		return string(types.PartitionAwsCn)
	case arn.Partition == "aws-us-gov", strings.HasPrefix(region, "us-gov-"):
		return string(types.PartitionAwsUsGov)
	default:
		return string(types.PartitionAws)
	}
}
