# METADATA
# title: The bucket's key does not end
# description: |
#   The customer managed key that the bucket encrypts with is not scheduled for deletion, and its imported key
#   material, if any, is there and does not expire within 14 days. Without the key, what it encrypted cannot be
#   read, and nothing more is uploaded.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
# - https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
# custom:
#   id: key_durable
#   severity: medium
#   requires: [key_life]
#   controls:
#     NIST 800-53r5: [SC-12]
#     ISO 27001:2022: [A.8.24]
#     SOC 2: [CC6.1]
#   remediation: >
#     Cancel the key's deletion in KMS, and import its material again before it expires: the same material, or what
#     was encrypted with it stays unreadable.
package trailguard.kms.key_durable

import data.trailguard.lib.lasting

deny contains {"message": message, "remediation": remedy} if {
	key := input.facts.key_life.value
	key.scheduled
	message := sprintf("key %s %s: what it encrypted cannot be read afterwards", [key.key, lasting.scheduled(key)])
	remedy := "Cancel the key's deletion in KMS, then enable the key."
}

deny contains {"message": message, "remediation": remedy} if {
	key := input.facts.key_life.value
	lasting.soon(key)
	message := sprintf("key %s has imported material that %s: nothing can be read", [key.key, lasting.material(key)])
	remedy := "Import the same material again, to expire later or never: no other reads what it encrypted."
}
