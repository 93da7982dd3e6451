# METADATA
# title: The role's trust policy lets Immuta in with this configuration's id
# description: |
#   Immuta's principal, with this configuration's id as ExternalId, may assume the role. The principal is
#   the caller that Immuta's status text names, else one of expect.immutaPrincipals, else anybody in
#   expect.immutaAccounts; where none of these is known, anybody whom the policy trusts. A re-created
#   configuration has a new id, and its export stops until the policy demands that.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
# custom:
#   id: external_id_equals_configuration_id
#   severity: critical
#   requires: [external_id_accepted]
#   controls:
#     NIST 800-53r5: [AC-3, AC-20, IA-9]
#     ISO 27001:2022: [A.5.15, A.5.19]
#     SOC 2: [CC6.1]
#     HIPAA: [164.312(d)]
#   remediation: |
#     Let the principal that Immuta calls from assume the role, with this configuration's id under sts:ExternalId.
package trailguard.trust.external_id_equals_configuration_id

import data.trailguard.lib.lockout

deny contains {"message": message, "pointer": fact.at, "remediation": lockout.remedy(fact)} if {
	fact := input.facts.external_id_accepted.value
	not fact.accepted
	message := sprintf("trust policy of %s %s: Immuta cannot assume the role", [fact.role_arn, lockout.clause(fact)])
}
