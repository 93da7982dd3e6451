package main

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

const (
	// organizationReader is the end of the entry of who reads the company's organization.
	organizationReader = "    externalId: acme-organization\n"
	// organizationTree is the organization of small worlds: a root, and in it a unit with
	// the account of the workloads, and the archive's account. Another account manages it.
	organizationTree = `id: o-acme7x2k9q
managementAccount: "555555555555"
root: r-acme
policyTypes: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]
parents: {ou-acme-workload1: r-acme, "111111111111": ou-acme-workload1, "333333333333": r-acme}
`
	// controlsFinance denies uploads to finance's bucket to all but another role.
	controlsFinance = `{"Version": "2012-10-17", "Statement": [{"Sid": "NoUploads", "Effect": "Deny", "Action": "s3:PutObject",
  "Resource": "arn:aws:s3:::acme-audit-finance-eu/*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/ops-admin"}}}]}`
)

// notOrganized is the company with nobody to read its organization.
var notOrganized = edit{"company.yaml", `  - arn: arn:aws:iam::555555555555:role/organization-reader
    assumedBy: ["arn:aws:iam::111111111111:user/trailguard"]
` + organizationReader, ""}

// organizing gives the reader of the company's organization no more than some
// permissions less, and the organization control policies in the form of
// organization.yaml.
func organizing(denied string, policies ...string) []edit {
	var edits []edit
	if denied != "" {
		edits = append(edits, edit{"company.yaml", organizationReader, organizationReader + "    denied: [" + denied + "]\n"})
	}
	if len(policies) > 0 {
		edits = append(edits, edit{"organization.yaml", "policies:\n", "policies:\n" + strings.Join(policies, "")},
			edit{"policies/control/finance.json", "", controlsFinance})
	}
	return edits
}

// control is a control policy of the organization, with the document controlsFinance.
func control(of, target string) string {
	return `  - {id: p-finance0001, name: "Keep finance closed", type: ` + of + `, document: policies/control/finance.json, targets: ["` + target + `"]}` + "\n"
}

// financeStranger lets another account read finance's objects.
var financeStranger = edit{"policies/bucket/finance.json", `"Statement": [`, `"Statement": [
    {"Sid": "Temp", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-audit-finance-eu/*"},`}

var (
	serviceControlled  = organizing("", control(document.ServiceControlType, "ou-acme-workload1"))
	resourceControlled = append(organizing("", control(document.ResourceControlType, "r-acme")),
		edit{"policies/control/finance.json", `"Effect": "Deny", `, `"Effect": "Deny", "Principal": "*", `})
	// The unit allows reading and nothing else.
	notAllowed = append(organizing("", strings.Replace(control(document.ServiceControlType, "ou-acme-workload1"), "targets", "alone: true, targets", 1)),
		edit{"policies/control/finance.json", `"Effect": "Deny", "Action": "s3:PutObject"`, `"Effect": "Allow", "Action": "s3:Get*"`})
	// Nobody of another account may assume a role.
	rolesControlled = append(organizing("", control(document.ResourceControlType, "111111111111")),
		edit{"policies/control/finance.json", "", `{"Version": "2012-10-17", "Statement": [{"Sid": "Perimeter", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
  "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}}]}`})
	// Another account may read finance's objects, and then nobody outside may.
	stranger           = []edit{financeStranger}
	strangerControlled = append(organizing("", control(document.ResourceControlType, "r-acme")), financeStranger,
		edit{"policies/control/finance.json", "", `{"Version": "2012-10-17", "Statement": [{"Sid": "Perimeter", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
  "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ["111111111111", "333333333333"]}}}]}`})
	strangerUnread = append(organizing(`{action: "organizations:ListPoliciesForTarget", resource: r-acme}`), financeStranger)
	// Nothing of finance's bucket refuses plain HTTP; a resource control policy does.
	plainHTTP    = edit{"policies/bucket/finance.json", `"aws:SecureTransport": "false"`, `"aws:ViaAWSService": "true"`}
	tlsWithout   = []edit{plainHTTP}
	tlsUnread    = append(organizing(`{action: "organizations:ListPoliciesForTarget", resource: r-acme}`), plainHTTP)
	tlsByControl = append(organizing("", control(document.ResourceControlType, "r-acme")), plainHTTP,
		edit{"policies/control/finance.json", "", `{"Version": "2012-10-17", "Statement": [{"Sid": "OnlyTLS", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
  "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}]}`})
	// Another organization is declared than the accounts are in.
	misdeclared = []edit{{"company.yaml", "organization: o-acme7x2k9q", "organization: o-other7x2k9"}}
	// Nothing of finance's bucket confines writing; a service control policy does, or may.
	unconfined        = edit{"policies/bucket/finance.json", "finance-eu/*\",\n      \"Condition\": {\n        \"ArnNotLike\"", "finance-eu/other/*\",\n      \"Condition\": {\n        \"ArnNotLike\""}
	confinedUnread    = append(organizing(`{action: "organizations:ListPoliciesForTarget", resource: r-acme}`), unconfined)
	confinedByControl = append(organizing("", control(document.ServiceControlType, "ou-acme-workload1")), unconfined,
		edit{"policies/control/finance.json", "", `{"Version": "2012-10-17", "Statement": [{"Sid": "Confine", "Effect": "Deny", "Action": ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
  "Resource": "arn:aws:s3:::acme-audit-finance-eu/*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:role/acme-immuta-audit-finance", "arn:aws:iam::111111111111:role/ops-admin"]}}}]}`})
	// The trust policy lets in a service for anybody, and another account's role.
	financeDoor = edit{"policies/trust/finance.json", `"Statement": [`, `"Statement": [
    {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com", "AWS": "arn:aws:iam::999999999999:role/x"}, "Action": "sts:AssumeRole"},`}
	doorOpen   = []edit{financeDoor}
	doorUnread = append(organizing(`{action: "organizations:ListPoliciesForTarget", resource: r-acme}`), financeDoor)
	// Finance's bucket is open to everybody but for the account's Block Public Access,
	// which the organization may leave alone, turn off or not tell.
	openBucket = []edit{
		{"buckets.yaml", "finance.json\n    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}", "finance.json"},
		{"policies/bucket/finance.json", `"Statement": [`, `"Statement": [
    {"Sid": "World", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-audit-finance-eu/*"},`},
	}
	blockLeft   = openBucket
	blockOff    = append([]edit{{"organization.yaml", "policies:\n", "accessBlock: {r-acme: none}\npolicies:\n"}}, openBucket...)
	blockUntold = append([]edit{{"company.yaml", `    denied:
      - `, `    denied:
      - {action: "organizations:DescribeEffectivePolicy"}
      - `}}, openBucket...)
	// The reader may not list what the root has; what the unit has denies all the same.
	rootUnread       = organizing(`{action: "organizations:ListPoliciesForTarget", resource: r-acme}`)
	rootUnreadDenied = organizing(`{action: "organizations:ListPoliciesForTarget", resource: r-acme}`, control(document.ServiceControlType, "ou-acme-workload1"))
)
