# METADATA
# title: The bucket's owner can read what arrives
# description: |
#   A writer of another account owns what it uploads unless the bucket's ownership controls say otherwise, and
#   the bucket's owner then cannot read its own trail. Within one account nothing is in the way.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
# custom:
#   id: owner_readable
#   severity: high
#   requires: [object_ownership]
#   controls:
#     NIST 800-53r5: [AU-9]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#   remediation: |
#     Set object ownership to BucketOwnerEnforced, once no policy demands an ACL of uploads, which S3 then
#     refuses. It holds for what was uploaded before, too.
package trailguard.s3.owner_readable

deny contains {"message": message, "pointer": ownership.at} if {
	ownership := input.facts.object_ownership.value
	not ownership.readable
	message := sprintf("what account %s uploads to bucket %q stays its own (%s): the owner, %s, cannot read it", [
		ownership.writer_account,
		ownership.bucket,
		ownership.setting,
		ownership.owner,
	])
}
