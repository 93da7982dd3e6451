# METADATA
# title: Nothing refuses Immuta's uploads silently
# description: |
#   No Deny refuses Immuta's uploads for what they carry or where they come from, and S3 itself accepts them: the
#   bucket is not Requester Pays, no ACL is demanded or sent that BucketOwnerEnforced refuses, and uploads carry the
#   checksum that a default retention demands, as the newest object or expect.uploadChecksums shows.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
# custom:
#   id: no_silent_denial
#   severity: high
#   requires: [silent_denial]
#   controls:
#     NIST 800-53r5: [AU-5]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#   remediation: |
#     Let the writer's uploads pass where they are refused, and keep refusing the uploads of others.
package trailguard.s3.no_silent_denial

import data.trailguard.lib.uploads

deny contains {"message": message, "key": refusal.key, "pointer": refusal.at, "remediation": remedy} if {
	fact := input.facts.silent_denial.value
	some refusal in fact.refusals
	message := sprintf("S3 refuses what %s uploads to %s: %s", [fact.writer, fact.target, refusal.what])
	remedy := uploads.remedy(fact, refusal)
}
