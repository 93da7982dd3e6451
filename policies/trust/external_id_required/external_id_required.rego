# METADATA
# title: Nobody outside the account may assume the role without a known ExternalId
# description: |
#   Whoever the trust policy lets in from another account must send the id of an export configuration
#   that this run knows. Otherwise any customer of the same service can make it act with this role
#   (the confused deputy), and the id of a deleted configuration stays a key to the bucket.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
# custom:
#   id: external_id_required
#   severity: critical
#   requires: [external_id_bypass]
#   controls:
#     NIST 800-53r5: [AC-3, AC-6]
#     ISO 27001:2022: [A.5.15, A.5.23]
#     SOC 2: [CC6.1, CC6.6]
#     HIPAA: [164.312(a)(1)]
#   remediation: |
#     Make {"StringEquals": {"sts:ExternalId": "<configuration id>"}} the statement's only condition on
#     sts:ExternalId, with the ids of the configurations that use the role and no others. Declare the id of an access
#     summary export, which uses the same role, in expect.otherExternalIds.
package trailguard.trust.external_id_required

import data.trailguard.lib.lockout

deny contains {"message": message, "key": access.key, "pointer": access.at, "remediation": remedy} if {
	bypass := input.facts.external_id_bypass.value
	some access in bypass.accesses
	message := sprintf("%s may assume %s %s: only the id of one of your configurations should open it", [
		access.principal,
		bypass.role_arn,
		access.how,
	])
	remedy := concat(" ", [text |
		some text in [lockout.demand_only(input.export.id), lockout.somebody_elses(access.how)]
		text != ""
	])
}
