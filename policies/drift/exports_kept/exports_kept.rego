# METADATA
# title: Every export of the baseline is still there
# description: |
#   An export configuration of the baseline that Immuta no longer lists delivers nothing, and no other rule says
#   so. One that was re-created for the same destination is judged by configuration_unchanged.
# scope: package
# custom:
#   id: exports_kept
#   severity: high
#   requires: [removed_exports]
#   controls:
#     NIST 800-53r5: [CM-3, AU-12]
#     ISO 27001:2022: [A.8.9, A.8.15]
#     SOC 2: [CC7.1, CC8.1]
#   remediation: |
#     Create the export again in Immuta, or approve a new baseline if it is gone for good.
package trailguard.drift.exports_kept

deny contains denial if {
	some change in input.facts.removed_exports.value.changes
	denial := {
		"message": change.message,
		"resource": change.resource,
		"key": change.key,
		"pointer": change.at,
	}
}
