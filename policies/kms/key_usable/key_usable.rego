# METADATA
# title: The writer may use the bucket's key, and the key works
# description: |
#   Where the bucket encrypts with a customer managed key, the writer may generate data keys with it under
#   the encryption context that S3 sends, and the key is enabled. Otherwise every upload is refused,
#   although the bucket's own policies allow it.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
# - https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
# custom:
#   id: key_usable
#   severity: critical
#   requires: [key_use, key_state]
#   controls:
#     NIST 800-53r5: [SC-12, AU-9(3)]
#     ISO 27001:2022: [A.8.24]
#     SOC 2: [CC6.1]
#     HIPAA: [164.312(a)(2)(iv)]
#   remediation: >
#     Allow the writer kms:GenerateDataKey and kms:Decrypt in the key policy and, across accounts, in an
#     identity policy; enable the key, or cancel its deletion.
package trailguard.kms.key_usable

import data.trailguard.lib
import data.trailguard.lib.grant

deny contains {"message": message, "remediation": grant.revive(key)} if {
	key := input.facts.key_state.value
	not key.enabled
	message := sprintf("key %s is in state %s: S3 cannot encrypt what Immuta writes", [key.key, key.state])
}

deny contains {"message": message, "remediation": remedy} if {
	key := input.facts.key_state.value
	key.unfit != ""
	message := sprintf("key %s has %s: S3 encrypts with symmetric keys only", [key.key, key.unfit])
	remedy := "Have the bucket encrypt with a symmetric key that the writer may use."
}

deny contains {"message": message, "pointer": use.at, "remediation": grant.encryption(use)} if {
	use := input.facts.key_use.value
	not use.granted
	message := sprintf("%s may not encrypt with key %s: %s", [use.writer, grant.key(use), lib.refusal(use)])
}
