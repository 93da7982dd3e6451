package aws

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// managementReader reads the organization: a root, a unit with the accounts home
// and other in it, and third, which manages it.
var managementReader = Account{AssumeRole: "arn:aws:iam::" + third + ":role/organization-reader", ExternalID: "shared"}

const (
	theRoot = "r-acme"
	theUnit = "ou-acme-workload1"
)

// organized answers as Organizations does, of which the first page of every list
// may be empty.
func organized(out http.ResponseWriter, q *request) {
	parents := map[string]any{
		home: map[string]string{"Id": theUnit, "Type": "ORGANIZATIONAL_UNIT"}, other: map[string]string{"Id": theUnit, "Type": "ORGANIZATIONAL_UNIT"},
		theUnit: map[string]string{"Id": theRoot, "Type": "ROOT"}, third: map[string]string{"Id": theRoot, "Type": "ROOT"},
	}
	controls := map[string]any{"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"}
	if strings.Contains(q.query.Get("Filter")+q.subject, "R") && !strings.Contains(q.subject, "p-Full") && q.query.Get("Filter") != "SERVICE_CONTROL_POLICY" {
		controls = map[string]any{"Id": "p-RCPFullAWSAccess", "Name": "RCPFullAWSAccess", "Type": "RESOURCE_CONTROL_POLICY"}
	}
	if q.op == "DescribeEffectivePolicy" { // which every account may ask about itself
		q.ids(out)
		_, _ = io.WriteString(out, `{"EffectivePolicy":{"PolicyType":"S3_POLICY","PolicyContent":"{\"s3_attributes\":{\"public_access_block_configuration\":\"all\"}}"}}`)
		return
	}
	if q.account != third {
		q.refuse(out, http.StatusBadRequest, "AccessDeniedException", "You don't have permissions to access this resource.")
		return
	}
	var body map[string]any
	switch q.op {
	case "DescribeOrganization":
		body = map[string]any{"Organization": map[string]any{"Id": "o-acme7x2k9q", "FeatureSet": "ALL", "MasterAccountId": third, "MasterAccountEmail": "root@acme.example"}}
	case "ListRoots":
		body = map[string]any{"Roots": []any{map[string]any{"Id": theRoot, "PolicyTypes": []any{
			map[string]string{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}, map[string]string{"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"},
		}}}}
	case "ListParents":
		if parents[q.subject] == nil {
			q.refuse(out, http.StatusBadRequest, "ChildNotFoundException", "You specified a child that doesn't exist.")
			return
		}
		body = map[string]any{"Parents": []any{parents[q.subject]}}
	case "ListPoliciesForTarget":
		body = map[string]any{"Policies": []any{controls}}
	case "DescribePolicy":
		body = map[string]any{"Policy": map[string]any{"PolicySummary": controls, "Content": allowAll}}
	}
	q.ids(out)
	out.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(out).Encode(body)
}
