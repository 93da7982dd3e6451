# METADATA
# title: The role's trust policy accepts this configuration's id
# description: |
#   A principal that the trust policy trusts, and that sends this configuration's id as ExternalId, may
#   assume the role. A configuration that is created anew has a new id, and its export stops without it.
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
#     Put this configuration's id in place of the old one under sts:ExternalId in the trust policy.
package trailguard.trust.external_id_equals_configuration_id

import data.trailguard.lib

deny contains {"message": message, "pointer": fact.at} if {
	fact := input.facts.external_id_accepted.value
	not fact.accepted
	message := sprintf("%s: Immuta cannot assume the role", [reason(fact)])
}

reason(fact) := sprintf("trust policy of %s demands ExternalId %s but this configuration's id is %q", [
	fact.role_arn,
	lib.either(lib.quoted(fact.demanded_ids)),
	fact.configuration_id,
]) if stale(fact)

reason(fact) := sprintf("trust policy of %s lets nobody in who sends this configuration's id %q (%s)", [
	fact.role_arn,
	fact.configuration_id,
	fact.why,
]) if not stale(fact)

stale(fact) if {
	count(fact.demanded_ids) > 0
	not fact.configuration_id in fact.demanded_ids
}
