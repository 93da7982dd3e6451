# METADATA
# title: No service or identity provider opens the role to strangers
# description: |
#   Services and identity providers send no ExternalId. One that the trust policy lets in is declared in
#   expect.immutaPrincipals or expect.breakGlass, and limited by a condition that says whose request it
#   is.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
# custom:
#   id: no_other_doors
#   severity: high
#   requires: [other_doors]
#   controls:
#     NIST 800-53r5: [AC-3, IA-8]
#     ISO 27001:2022: [A.5.15]
#     SOC 2: [CC6.6]
#   remediation: |
#     Remove the principal from the statement, and leave the rest. If Immuta or you use it, declare it, and give
#     it a statement of its own with the missing condition.
package trailguard.trust.no_other_doors

import data.trailguard.lib
import data.trailguard.lib.strangers

deny contains {"message": message, "key": door.key, "pointer": door.at, "remediation": strangers.close(door)} if {
	trust := input.facts.other_doors.value
	some door in trust.doors
	wrong := array.concat([door.missing | door.missing != ""], [text | not door.expected; text := "nobody declared it"])
	count(wrong) > 0
	message := sprintf("%s may assume %s without an ExternalId: %s", [
		door.principal,
		trust.role_arn,
		lib.clauses(wrong, ""),
	])
}
