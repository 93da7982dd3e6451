# METADATA
# title: The writer may put objects under the whole path
# description: |
#   All policies taken together (identity policies, permissions boundary, bucket policy) let the writer
#   put an object to every key under the export's path. A grant on the bucket's own ARN grants nothing.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
# custom:
#   id: put_object_granted
#   severity: critical
#   requires: [put_object]
#   controls:
#     NIST 800-53r5: [AU-12, AU-4(1), AU-9(2)]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#     PCI DSS 4.0: ["10.3.3"]
#     HIPAA: [164.312(b)]
#   remediation: >
#     Allow the writer s3:PutObject on the path (arn:aws:s3:::<bucket>/<path>/*); where a Deny refuses it,
#     exempt the writer from the Deny.
package trailguard.s3.put_object_granted

import data.trailguard.lib
import data.trailguard.lib.grant

deny contains {"message": message, "pointer": put.at, "remediation": remedy} if {
	put := input.facts.put_object.value
	not put.granted
	message := sprintf("%s may not upload to every key of %s: %s", [put.writer, put.target, lib.refusal(put)])
	remedy := lib.or_else(
		grant.remedy(put, "s3:PutObject", put.target),
		sprintf("Allow s3:PutObject on %s to %s.", [put.target, put.writer]),
	)
}
