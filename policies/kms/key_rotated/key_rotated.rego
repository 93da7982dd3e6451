# METADATA
# title: KMS rotates the bucket's key
# description: |
#   KMS rotates the customer managed key that the bucket encrypts with, every year or as often as is set. What was
#   encrypted before can still be read. KMS cannot rotate imported key material and keys in a custom key store by
#   itself, and the rule does not ask for it.
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
#   remediation: Turn on automatic rotation of the key in KMS. Nothing has to be encrypted again.
package trailguard.kms.key_rotated

deny contains {"message": message} if {
	rotation := input.facts.key_rotation.value
	rotation.possible
	not rotation.enabled
	message := sprintf("KMS does not rotate key %s, which it could: its material stays the same for ever", [rotation.key])
}
