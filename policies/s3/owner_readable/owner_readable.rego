# METADATA
# title: The bucket's owner can read what arrives
# description: |
#   A writer in another account owns what it uploads unless the bucket's ownership controls say otherwise, and
#   then the bucket's owner cannot read its own trail. Within one account the owner always can.
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
#     Set object ownership to BucketOwnerEnforced, once no policy demands an ACL on uploads, which S3 then
#     refuses. The setting covers earlier uploads, too.
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
