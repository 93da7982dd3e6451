package reporters_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func TestTableFitsItsWidth(t *testing.T) {
	short.Skip(t)
	for name, report := range cases() {
		for _, width := range []int{0, 20, 40, 59, 60, 80, 132, 200} {
			limit := width
			if width == 0 {
				limit = 80
			}
			text := render(t, "table", report(), reporters.Options{Width: width})
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if n := twwidth.Width(line); n > limit {
					t.Errorf("%s at %d columns has a line of %d: %s", name, width, n, line)
				}
				if line != strings.TrimRight(line, " ") {
					t.Errorf("%s at %d columns has blanks at the end of %q", name, width, line)
				}
			}
		}
	}
}

func TestTableGolden(t *testing.T) {
	for _, width := range []int{40, 200} {
		golden(t, fmt.Sprintf("full.%d.table", width), render(t, "table", fullReport(), reporters.Options{Width: width}))
	}
	golden(t, "hostile.table", render(t, "table", hostileReport(), reporters.Options{}))
}

func TestTableColour(t *testing.T) {
	plain := render(t, "table", fullReport(), reporters.Options{})
	colour := render(t, "table", fullReport(), reporters.Options{Color: true})
	if strings.Contains(plain, "\x1b") {
		t.Error("the table without colour holds control codes")
	}
	if !strings.Contains(colour, "\x1b[1;31mCRITICAL\x1b[0m external_id") {
		t.Error("the severity has no colour")
	}
	for _, code := range []string{"\x1b[1;31m", "\x1b[33m", "\x1b[36m", "\x1b[32m", "\x1b[0m"} {
		colour = strings.ReplaceAll(colour, code, "")
	}
	if colour != plain {
		t.Error("colour changes more than the colour")
	}
}

// oneLine undoes the wrapping.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestTableSaysWhatNeedsActionFirst(t *testing.T) {
	text := oneLine(render(t, "table", fullReport(), reporters.Options{Width: 200, EvidenceDir: "proof"}))
	order := []string{
		"NEEDS ACTION: 3 failures",
		"CRITICAL external_id_equals_configuration_id", `trust policy, statement "Immuta"`,
		"proof/acme/iam/111111111111/role/immuta-audit/trust.json:12:5", "Fix: Set sts:ExternalId",
		"HIGH tls_required (2)",
		"NOT ASSESSED: 3 results", "ERROR custom.named", "UNKNOWN enabled_export_exists", "depends on aws:SourceIp",
		"UNKNOWN key_usable", "To settle it: grant kms:GetKeyPolicy",
		"INCOMPLETE: 1 tenant", "tenant globex", "GAPS: 2 gaps", "grant kms:GetKeyPolicy on arn:aws:kms", "s3:ListObjectsV2: throttled",
		"DRIFT: 1 change", "widened: anyone may read", "s3:GetObject by *", "WAIVED: 1 failure", "until 2026-03-12", "expired 2026-01-31", "soon to expire",
		"2 tenants, 3 exports, 6 rules: 3 failures (1 critical, 2 high), 3 not assessed, 1 not applicable, 1 waived, 1 resolved; coverage 81.2% of what applies; exit status 1 (failed, and incomplete)",
	}
	for _, part := range order {
		_, rest, found := strings.Cut(text, part)
		if !found {
			t.Fatalf("the table does not say %q where it should:\n%s", part, text)
		}
		text = rest
	}
	if text != "" {
		t.Errorf("something follows the summary: %s", text)
	}
}

func TestTableNamesResolvedFindingsOnlyInTheSummary(t *testing.T) {
	if text := render(t, "table", fullReport(), reporters.Options{}); strings.Contains(text, "static access key") {
		t.Error("a resolved finding is shown as if it were open")
	}
}

func TestTableOfThousandsSaysWhatItLeavesOut(t *testing.T) {
	text := render(t, "table", bigReport(1000), reporters.Options{})
	if n := strings.Count(text, "\n"); n > 120 {
		t.Errorf("the table has %d lines", n)
	}
	for _, want := range []string{"NEEDS ACTION: 2000 failures", "and 995 more exports", "and 990 more findings of this rule"} {
		if !strings.Contains(oneLine(text), want) {
			t.Errorf("the table does not say %q", want)
		}
	}
}

func TestTableTellsExportsApart(t *testing.T) {
	r := emptyReport()
	twin := r.Exports[0]
	twin.ID = firstExport[:8] + "-ffff-4c2e-9d8f-0b6f6f1f2a01"
	r.Exports = append(r.Exports, twin)
	r.Findings = []scanner.Finding{
		{RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, Tenant: "acme", ExportID: firstExport, Message: "one"},
		{RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, Tenant: "acme", ExportID: twin.ID, Message: "two"},
	}
	text := render(t, "table", r, reporters.Options{Width: 120})
	for _, want := range []string{"259fc41c-5d0a-4c  one", "259fc41c-ffff-4c  two"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table does not name %s:\n%s", want, text)
		}
	}
}

// TestTableNeverSaysCleanOfWhatIsNot covers the ways in which a run without
// failures is still not one in which all is well.
func TestTableNeverSaysCleanOfWhatIsNot(t *testing.T) {
	tests := map[string]struct {
		change      func(*scanner.Report)
		says, never string
	}{
		"clean": {func(*scanner.Report) {}, "NOTHING TO REPORT: every rule could be assessed, and none fails", "INCOMPLETE"},
		"interrupted": {func(r *scanner.Report) {
			r.Scan.Interrupted, r.Scan.Complete, r.Scan.ExitStatus = true, false, scanner.ExitInterrupted
		}, "INTERRUPTED the run was stopped", "NOTHING TO REPORT"},
		"tenant unread": {func(r *scanner.Report) {
			r.Tenants[0].Complete, r.Scan.Complete, r.Scan.ExitStatus = false, false, scanner.ExitIncomplete
		}, "exit status 2 (incomplete)", "NOTHING TO REPORT"},
		"incomplete allowed": {func(r *scanner.Report) { r.Scan.Complete = false }, "exit status 0 (incomplete, which was allowed)", "clean"},
		"nothing judged":     {func(r *scanner.Report) { r.Summary.Coverage = scanner.Coverage{} }, "coverage 0.0%", "NOTHING TO REPORT"},
		"below the threshold": {func(r *scanner.Report) {
			r.Findings = []scanner.Finding{{Status: scanner.StatusFail, Severity: scanner.SeverityInfo, RuleID: "custom.named", Tenant: "acme"}}
		}, "exit status 0 (no failure that was to fail the run)", "clean"},
		"gap accepted": {func(r *scanner.Report) {
			gap := keyGap()
			gap.Accepted = waiver()
			r.Gaps = []scanner.Gap{gap}
			r.Findings = []scanner.Finding{{Status: scanner.StatusUnknown, Severity: scanner.SeverityHigh, RuleID: "key_usable", Tenant: "acme", Gaps: r.Gaps}}
		}, "nothing fails or is unknown but what is waived or accepted", "every rule could be assessed"},
		"waived": {func(r *scanner.Report) {
			r.Findings = []scanner.Finding{{Status: scanner.StatusFail, Severity: scanner.SeverityHigh, RuleID: "key_usable", Tenant: "acme", Waiver: waiver()}}
		}, "0 failures, 0 not assessed, 1 waived", "none fails"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := emptyReport()
			tt.change(r)
			text := oneLine(render(t, "table", r, reporters.Options{Width: 200}))
			if !strings.Contains(text, tt.says) {
				t.Errorf("the table does not say %q:\n%s", tt.says, text)
			}
			if strings.Contains(text, tt.never) {
				t.Errorf("the table says %q:\n%s", tt.never, text)
			}
		})
	}
}

func TestTableSaysHowToSettleAnUnknown(t *testing.T) {
	const declare = `set expect.immutaAccounts, for example ["222222222222"]`
	for name, test := range map[string]struct {
		gap  scanner.Gap
		want string
	}{
		"a permission": {keyGap(), "To settle it: grant kms:GetKeyPolicy"},
		"nothing was asked": {
			scanner.Gap{Kind: document.KindBucketOwner, Resource: trailBucket, Reason: scanner.ReasonUndetermined, Detail: "the destination is not a plain S3 bucket"},
			"To settle it: check the bucket's owner by hand",
		},
		"nothing was asked, and nobody knows why": {
			scanner.Gap{Kind: document.KindBucketOwner, Resource: trailBucket, Reason: scanner.ReasonUndetermined},
			"To settle it: check the bucket's owner by hand",
		},
		"nobody said what to ask": {
			scanner.Gap{Kind: document.KindTrustPolicy, Resource: trailBucket, Reason: scanner.ReasonSubjectMissing, Detail: "nobody said who may assume the role; " + declare},
			"To settle it: " + declare,
		},
		"the answer stays the same": {
			scanner.Gap{Kind: document.KindBucket, Call: "s3:HeadBucket", Reason: scanner.ReasonSubjectMissing, Detail: "no account is known that may own it; name one"},
			"To settle it: name one",
		},
		"the answer may change": {
			scanner.Gap{Kind: document.KindBucket, Call: "s3:HeadBucket", Reason: scanner.ReasonThrottled, Detail: "refused 8 times"},
			"To settle it: run the scan again; when it repeats, check the network path and lower --concurrency",
		},
		"a gap that says nothing": {scanner.Gap{}, "To settle it: check the evidence"},
	} {
		t.Run(name, func(t *testing.T) {
			r := emptyReport()
			r.Findings = []scanner.Finding{{
				Status: scanner.StatusUnknown, Severity: scanner.SeverityHigh, RuleID: "bucket_owner_expected", Tenant: "acme", ExportID: firstExport,
				Message: "not assessed", Gaps: []scanner.Gap{test.gap},
			}}
			if text := oneLine(render(t, "table", r, reporters.Options{Width: 200})); !strings.Contains(text, test.want) {
				t.Errorf("the table does not say %q:\n%s", test.want, text)
			}
		})
	}
}

// A gap that no call made is told by what it is about, and those about
// different things are told apart.
func TestTableNamesGapsWithoutACall(t *testing.T) {
	r := emptyReport()
	for _, kind := range []document.Kind{document.KindRole, document.KindBucketOwner} {
		r.Gaps = append(r.Gaps, scanner.Gap{Kind: kind, Resource: trailBucket, Reason: scanner.ReasonUndetermined, Detail: "nobody knows the " + string(kind)})
	}
	text := oneLine(render(t, "table", r, reporters.Options{Width: 200}))
	for _, want := range []string{"bucket's owner: undetermined on " + trailBucket + " nobody knows the bucket_owner", "role: undetermined on " + trailBucket + " nobody knows the role"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table does not say %q:\n%s", want, text)
		}
	}
}
