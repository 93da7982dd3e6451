# METADATA
# title: The writer may have what it uploaded decrypted
# description: |
#   Where the bucket encrypts with a customer managed key, the writer may use kms:Decrypt with it through S3. S3
#   needs that to complete a multipart upload: without it small exports arrive, and large ones do not.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
# custom:
#   id: key_decrypt_granted
#   severity: medium
#   requires: [key_decrypt]
#   controls:
#     NIST 800-53r5: [SC-12]
#     ISO 27001:2022: [A.8.24]
#     SOC 2: [CC6.1]
#   remediation: Allow the writer kms:Decrypt in the key policy and, across accounts, in an identity policy.
package trailguard.kms.key_decrypt_granted

import data.trailguard.lib
import data.trailguard.lib.grant

deny contains {"message": message, "pointer": use.at, "remediation": remedy} if {
	use := input.facts.key_decrypt.value
	not use.granted
	message := sprintf("%s may encrypt with key %s and not decrypt, which S3 needs for a multipart upload: %s", [
		use.writer,
		grant.key(use),
		lib.refusal(use),
	])
	remedy := grant.remedy(use, "kms:Decrypt", grant.key(use))
}
