# METADATA
# title: The export is configured as in the baseline
# description: |
#   The interval, the destination and whether the export is enabled are as in the baseline. A re-created
#   configuration has a new id: it is matched by its destination, and fails here with what the new id
#   breaks.
# scope: package
# custom:
#   id: configuration_unchanged
#   severity: medium
#   requires: [configuration_drift]
#   controls:
#     NIST 800-53r5: [CM-3, CM-6]
#     ISO 27001:2022: [A.8.9, A.8.32]
#     SOC 2: [CC7.1, CC8.1]
#   remediation: |
#     Undo the change in Immuta, or approve a new baseline if the change is intended.
package trailguard.drift.configuration_unchanged

deny contains denial if {
	some change in input.facts.configuration_drift.value.changes
	change.effect != "equivalent"
	denial := {
		"message": change.message,
		"resource": change.resource,
		"key": change.key,
		"pointer": change.at,
	}
}
