package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// controlledWorld is a world whose organization decides something.
type controlledWorld struct {
	name  string
	world []edit
	// decides are results that are what they are by what the organization says.
	decides map[string]scanner.Status
}

// controlling puts a control policy of a level into the organization.
func controlling(of, level, statement string, more ...edit) []edit {
	return append(append(slices.Clone(inOrganization),
		edit{"organization.yaml", "", organizationTree + "policies:\n" +
			"  - {id: p-control0001, name: Control, type: " + of + ", document: policies/control/region.json, targets: [\"" + level + "\"]}\n"},
		file("policies/control/region.json", statement)), more...)
}

func controlledWorlds() []controlledWorld {
	const unit, account, root = "ou-acme-workload1", "111111111111", "r-acme"
	const put, id, writers, confined, tls, public = "put_object_granted", "external_id_equals_configuration_id", "no_foreign_writers", "writers_confined", "tls_required", "not_public"
	stranger := file(bucketFile, refuseHTTP, lets(named(stranger1), `"s3:PutObject"`, auditBucket+"/*", ""))
	outsiders := `{"StringNotEquals": {"aws:PrincipalAccount": ["111111111111", "333333333333"]}}`
	unconfining := strings.ReplaceAll(confines(auditRole), `"Principal": "*", `, "")
	exposed := append(slices.Clone(unblocked), file(bucketFile, refuseHTTP, lets(`"*"`, `"s3:GetObject"`, auditBucket+"/*", "")))
	return []controlledWorld{
		{"nothing is denied", inOrganization, map[string]scanner.Status{put: scanner.StatusPass, id: scanner.StatusPass, "organization_matches": scanner.StatusPass}},
		{
			"a service control policy denies uploads", controlling(document.ServiceControlType, unit, stated(`"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"`, "")),
			map[string]scanner.Status{put: scanner.StatusFail},
		},
		{
			"a resource control policy denies other accounts the role", controlling(document.ResourceControlType, account, refuses(`"sts:AssumeRole"`, `"Resource": "*"`, outsiders)),
			map[string]scanner.Status{id: scanner.StatusFail},
		},
		{
			"a resource control policy denies other accounts the bucket", controlling(document.ResourceControlType, root, refuses(`"s3:*"`, `"Resource": "*"`, outsiders), stranger),
			map[string]scanner.Status{writers: scanner.StatusPass, put: scanner.StatusPass},
		},
		{
			"a resource control policy denies plain HTTP", controlling(document.ResourceControlType, root, refuses(`"*"`, `"Resource": "*"`, `{"BoolIfExists": {"aws:SecureTransport": "false"}}`), file(bucketFile, confines(auditRole))),
			map[string]scanner.Status{tls: scanner.StatusPass},
		},
		{
			"a service control policy confines writing", controlling(document.ServiceControlType, unit, unconfining, file(bucketFile, httpAlone)),
			map[string]scanner.Status{confined: scanner.StatusPass},
		},
		{
			"the organization blocks public access", append(append(slices.Clone(inOrganization), exposed...), edit{"organization.yaml", "parents: {", "accessBlock: {r-acme: all}\nparents: {"}),
			map[string]scanner.Status{public: scanner.StatusPass},
		},
		{
			"the organization ends the block of public access", append(append(slices.Clone(inOrganization), file(bucketFile, refuseHTTP, lets(`"*"`, `"s3:GetObject"`, auditBucket+"/*", "")), edit{"buckets.yaml", "    publicAccessBlock: " + blocked + "\n", ""}),
				edit{"organization.yaml", "parents: {", "accessBlock: {r-acme: none}\nparents: {"}),
			map[string]scanner.Status{public: scanner.StatusFail},
		},
		{"another organization than is declared", append(slices.Clone(inOrganization), edit{"company.yaml", "o-acme7x2k9q", "o-other7x2k9"}), map[string]scanner.Status{"organization_matches": scanner.StatusFail}},
	}
}

// misleading are answers of Organizations that say nothing, or something else than was
// asked.
var misleading = []string{`{}`, `null`, `[]`, `{"NextToken": "0"}`, `{"Organization": {}, "Roots": [{}], "Parents": [{}], "Policies": [{}], "Policy": {}, "EffectivePolicy": {}}`}

// misleadingFaults are all ways in which an operation of Organizations may fail.
func misleadingFaults() []sandbox.Fault {
	var faults []sandbox.Fault
	for _, kind := range faultKinds() {
		faults = append(faults, sandbox.Fault{Kind: kind})
	}
	for _, body := range misleading {
		faults = append(faults, sandbox.Fault{Kind: sandbox.FaultBody, Status: http.StatusOK, ContentType: "application/x-amz-json-1.1", Body: body})
	}
	return faults
}

// Every operation of Organizations, failing in every way: no rule becomes a pass, nor a
// false alarm.
func TestUnknownOfOrganizationsIsNeverAPass(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	faults := misleadingFaults()
	for i, w := range controlledWorlds() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			r, _ := smallWorld(t, mended(t, healthyWorld(), nil, w.world))
			report := r.mustScan(t)
			truth, results := statuses(report), byRule(report)
			for rule, status := range w.decides {
				if results[rule] != status {
					t.Fatalf("%s is %s, want %s", rule, results[rule], status)
				}
			}
			operations := r.operations("organizations:")
			if len(operations) != 6 {
				t.Fatalf("the scan asks Organizations %v, want all six operations", operations)
			}
			lost := map[string]bool{}
			for _, operation := range operations {
				for k, fault := range faults {
					f := faulty{late: fault.Kind == sandbox.FaultHang}
					// One that never answers is to every world what a reset is. Of the others
					// each world meets a third, and each operation meets all.
					if f.late && i > 0 || !f.late && k%3 != i%3 {
						continue
					}
					r.server.SetFault(operation, fault)
					after, err := r.scan(t.Context(), f.patience())
					r.server.ClearFaults()
					if err != nil {
						t.Fatal(err)
					}
					for _, wrong := range compare(truth, after) {
						t.Errorf("%s %s %s: %s", operation, fault.Kind, fault.Body, wrong)
					}
					for rule, status := range byRule(after) {
						lost[rule] = lost[rule] || status != results[rule]
					}
				}
			}
			for rule := range w.decides {
				if !lost[rule] {
					t.Errorf("%s never turned unknown: the faults did not reach it", rule)
				}
			}
		})
	}
}

// What of Organizations could not be read costs only the results that it could decide.
func TestLevelsThatAreUnreadCostWhatTheyDecide(t *testing.T) {
	t.Parallel()
	const put, silent, id, confined, matches = "put_object_granted", "no_silent_denial", "external_id_equals_configuration_id", "writers_confined", "organization_matches"
	denied := controlling(document.ServiceControlType, "ou-acme-workload1", stated(`"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"`, ""))
	unconfined := append(slices.Clone(inOrganization), file(bucketFile, httpAlone))
	tests := []struct {
		name           string
		world          []edit
		call, resource string
		lost           []string
	}{
		{"the root's policies, which may deny", inOrganization, "ListPoliciesForTarget", "r-acme", []string{id, silent, put}},
		{"the unit's policies, which may deny", inOrganization, "ListPoliciesForTarget", "ou-acme-workload1", []string{id, silent, put}},
		{"the account's policies, which may deny", inOrganization, "ListPoliciesForTarget", "111111111111", []string{id, silent, put}},
		{"a policy, which may deny", inOrganization, "DescribePolicy", "p-region00001", []string{silent, put}},
		{"the root's policies, and the unit's deny all the same", denied, "ListPoliciesForTarget", "r-acme", []string{id}},
		{"the policies of an account that nothing is in", inOrganization, "ListPoliciesForTarget", "333333333333", nil},
		{"where the account is", inOrganization, "ListParents", "111111111111", []string{id, matches, silent, put}},
		{"what is above the unit", inOrganization, "ListParents", "ou-acme-workload1", []string{id, matches, silent, put}},
		{"where another account is", inOrganization, "ListParents", "333333333333", nil},
		{"the organization", inOrganization, "DescribeOrganization", "", []string{id, matches, silent, put}},
		{"whether the organization blocks public access, which the account and the bucket do", inOrganization, "DescribeEffectivePolicy", "", nil},
		{"the root's policies, which may confine what the bucket does not", unconfined, "ListPoliciesForTarget", "r-acme", []string{id, silent, put, confined}},
		{"the root's policies, where the unit's deny uploads and nothing confines deleting", append(slices.Clone(denied), file(bucketFile, httpAlone)), "ListPoliciesForTarget", "r-acme", []string{id, confined}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fault := func(call sandbox.Call) sandbox.Fault {
				if call.Operation == "organizations:"+tt.call && (tt.resource == "" || call.Resource == tt.resource) {
					return sandbox.Fault{Kind: sandbox.FaultDenied}
				}
				return sandbox.Fault{}
			}
			data := mended(t, healthyWorld(), nil, tt.world)
			truth := rigOf(t, startSandbox(t, sandbox.Options{Data: data, Now: sandboxNow})).mustScan(t)
			report := rigOf(t, startSandbox(t, sandbox.Options{Data: data, Now: sandboxNow, Faults: fault})).mustScan(t)
			for _, wrong := range compare(statuses(truth), report) {
				t.Error(wrong)
			}
			var lost []string
			before := byRule(truth)
			for rule, status := range byRule(report) {
				if status != before[rule] {
					lost = append(lost, rule)
				}
			}
			slices.Sort(lost)
			slices.Sort(tt.lost)
			if diff := cmp.Diff(fmt.Sprint(tt.lost), fmt.Sprint(lost)); diff != "" {
				t.Errorf("lost (-want +got):\n%s", diff)
			}
		})
	}
}
