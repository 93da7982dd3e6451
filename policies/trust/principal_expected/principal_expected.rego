# METADATA
# title: Only expected principals may assume the role
# description: |
#   Everybody whom the trust policy lets in is in expect.immutaAccounts or expect.immutaPrincipals, or is
#   the principal that Immuta's own status text names. An account number does not show whether it is
#   Immuta's or a stranger's.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
# custom:
#   id: principal_expected
#   severity: critical
#   requires: [trusted_principals]
#   controls:
#     NIST 800-53r5: [AC-3, AC-6, IA-8]
#     ISO 27001:2022: [A.5.15]
#     SOC 2: [CC6.1, CC6.3]
#     HIPAA: [164.312(a)(1)]
#   remediation: >
#     Remove the principal from the statement, or put the one that Immuta calls from in its place, with the
#     configuration's id under sts:ExternalId. One of your own for emergencies is declared in
#     expect.breakGlass.
package trailguard.trust.principal_expected

import data.trailguard.lib.lockout

deny contains {
	"message": lockout.stranger(trusted, principal),
	"remediation": lockout.expel(trusted, principal),
	"key": principal.key,
	"pointer": principal.at,
} if {
	trusted := input.facts.trusted_principals.value
	some principal in trusted.principals
	not principal.expected
	not lockout.comes_as_anybody(trusted, principal)
}
