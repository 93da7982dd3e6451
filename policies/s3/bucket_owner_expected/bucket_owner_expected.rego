# METADATA
# title: The bucket belongs to an expected account
# description: |
#   The bucket's owner is the writer's own account, one of expect.bucketAccounts, or the export's
#   bucketAccount. A stranger who takes the name of a deleted bucket receives the audit trail.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
# custom:
#   id: bucket_owner_expected
#   severity: critical
#   requires: [bucket_owner]
#   controls:
#     NIST 800-53r5: [AC-20, AU-9]
#     ISO 27001:2022: [A.5.19]
#     SOC 2: [CC6.6]
#   remediation: |
#     Stop the export until the bucket is known to be yours; add the account to expect.bucketAccounts if it is.
package trailguard.s3.bucket_owner_expected

import data.trailguard.lib

deny contains {"message": message} if {
	owner := input.facts.bucket_owner.value
	not owner.expected
	message := sprintf("bucket %q belongs to %s, but you expect %s: a stranger may be receiving the trail", [
		owner.name,
		account(owner),
		lib.either(owner.accounts),
	])
}

account(owner) := sprintf("account %s", [owner.account]) if owner.account != ""

account(owner) := "another account" if owner.account == ""
