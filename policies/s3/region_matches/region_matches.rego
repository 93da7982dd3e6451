# METADATA
# title: The bucket is in the configured region
# description: |
#   The region in the export's configuration is the bucket's, and one of expect.regions where that is
#   set. Uploads to another region's endpoint are redirected or refused, and data may lie where it must not.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html
# custom:
#   id: region_matches
#   severity: high
#   requires: [bucket_region]
#   controls:
#     NIST 800-53r5: [CM-6]
#     ISO 27001:2022: [A.8.9]
#     SOC 2: [CC7.1]
#   remediation: >
#     Set the configuration's region to the bucket's; where the bucket must not be there, create one in an
#     allowed region.
package trailguard.s3.region_matches

import data.trailguard.lib

deny contains {"message": message} if {
	bucket := input.facts.bucket_region.value
	bucket.configured != bucket.region
	message := sprintf("bucket %q is in %s, but the export is configured for %s: uploads may be refused", [
		bucket.name,
		bucket.region,
		lib.or_else(bucket.configured, "no region"),
	])
}

deny contains {"message": message} if {
	bucket := input.facts.bucket_region.value
	count(bucket.allowed) > 0
	not bucket.region in bucket.allowed
	message := sprintf("bucket %q is in %s, but you allow %s only", [
		bucket.name,
		bucket.region,
		lib.either(bucket.allowed),
	])
}
