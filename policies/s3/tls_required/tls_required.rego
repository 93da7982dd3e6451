# METADATA
# title: The bucket refuses plain HTTP
# description: |
#   A Deny on aws:SecureTransport false covers everybody, every action, the bucket and its objects, so
#   that audit events can be neither read nor written without encryption in transit.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
# custom:
#   id: tls_required
#   severity: high
#   requires: [tls]
#   controls:
#     NIST 800-53r5: [SC-8, SC-8(1)]
#     ISO 27001:2022: [A.5.14, A.8.24]
#     SOC 2: [CC6.7]
#     HIPAA: [164.312(e)(1)]
#     CIS AWS: ["3.1.1"]
#   remediation: |
#     Add a statement: "Effect": "Deny", "Principal": "*", "Action": "s3:*", on the bucket's ARN and that with /*,
#     "Condition": {"Bool": {"aws:SecureTransport": "false"}}.
package trailguard.s3.tls_required

import data.trailguard.lib

deny contains {"message": message, "pointer": tls.at} if {
	tls := input.facts.tls.value
	not tls.required
	message := sprintf("bucket %q accepts plain HTTP: %s", [
		tls.bucket,
		lib.clauses(tls.missing, "no statement denies it"),
	])
}
