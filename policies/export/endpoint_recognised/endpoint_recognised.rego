# METADATA
# title: The destination is one that can be assessed
# description: |
#   The destination is a plain S3 bucket. Other kinds of destination work, but the rules about buckets
#   and their policies cannot assess them. This rule says so once; waive it for a destination that is
#   intended.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: endpoint_recognised
#   severity: high
#   requires: [endpoint]
#   controls:
#     NIST 800-53r5: [CA-7]
#     ISO 27001:2022: [A.5.36]
#     SOC 2: [CC4.2]
#   remediation: |
#     Export to a plain S3 bucket, or assess the destination by other means and waive this finding with a date.
package trailguard.export.endpoint_recognised

deny contains {"message": message} if {
	endpoint := input.facts.endpoint.value
	not endpoint.recognised
	message := sprintf("the destination is %s, not a plain S3 bucket: who may write or read it is not checked here", [
		kind(endpoint),
	])
}

forms := {
	"access_point_alias": "an access point alias",
	"access_point_arn": "an access point",
	"directory_bucket": "a directory bucket",
	"invalid": "not a valid name of a bucket",
	"multi_region_access_point": "a Multi-Region Access Point",
}

kind(endpoint) := sprintf("%s (%q)", [object.get(forms, endpoint.form, "of an unknown form"), endpoint.bucket]) if {
	endpoint.type == "s3"
}

kind(endpoint) := "Azure Data Lake Storage" if endpoint.type == "adls"

kind(endpoint) := sprintf("of the unknown type %q", [endpoint.type_name]) if not endpoint.type in {"s3", "adls"}
