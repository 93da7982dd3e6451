# METADATA
# title: The role serves Immuta's exports only
# description: |
#   A role that may do more than S3 and KMS also serves another purpose: whoever changes it for that may break the
#   export, and Immuta can do what it should not. Immuta's access summary export uses the same role, and is fine. What
#   the role may do to S3 beyond uploads is judged by writer_least_privilege.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
# custom:
#   id: role_dedicated
#   severity: low
#   requires: [role_use]
#   controls:
#     NIST 800-53r5: [AC-6]
#     ISO 27001:2022: [A.8.2]
#     SOC 2: [CC6.3]
#   remediation: |
#     Move the actions that are shown to a role of their own, for whoever needs them to assume.
package trailguard.trust.role_dedicated

deny contains {"message": message, "key": other.key, "pointer": other.at} if {
	role := input.facts.role_use.value
	some other in role.others
	message := sprintf("%s may also %s: it serves something other than exports to S3", [role.role_arn, other.actions])
}
