# METADATA
# title: The bucket exists
# description: |
#   The bucket that the export names exists. Without it nothing is kept, and whoever creates a bucket
#   of that name first may receive the audit trail.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
# custom:
#   id: bucket_exists
#   severity: critical
#   requires: [bucket]
#   controls:
#     NIST 800-53r5: [AU-9]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#   remediation: |
#     Create the bucket in the expected account, or correct the name in the configuration.
package trailguard.s3.bucket_exists

deny contains {"message": message} if {
	bucket := input.facts.bucket.value
	not bucket.exists
	message := sprintf("bucket %q does not exist: nothing is kept, and whoever creates it may receive the trail", [
		bucket.name,
	])
}
