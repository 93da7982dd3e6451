# METADATA
# title: KMS rotates the bucket's key
# description: |
#   KMS makes new material for the customer managed key that the bucket encrypts with, every year or as often as is
#   set. What was encrypted before can be read as ever. Of imported material, and of keys in a key store outside of
#   KMS, it cannot, and none is asked.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
# custom:
#   id: key_rotated
#   severity: low
#   requires: [key_rotation]
#   controls:
#     NIST 800-53r5: [SC-12]
#     ISO 27001:2022: [A.8.24]
#     SOC 2: [CC6.1]
#   remediation: Turn on the automatic rotation of the key in KMS. Nobody has to encrypt anything again.
package trailguard.kms.key_rotated

deny contains {"message": message} if {
	rotation := input.facts.key_rotation.value
	rotation.possible
	not rotation.enabled
	message := sprintf("KMS does not rotate key %s, which it could: its material stays the same for ever", [rotation.key])
}
