# METADATA
# title: The writer may still do what it could in the baseline
# description: |
#   What the writer was granted in the baseline it still is: to assume the role, to put objects, to use the
#   key. Losing it stops the export at its next run.
# scope: package
# custom:
#   id: access_not_lost
#   severity: critical
#   requires: [access_lost]
#   controls:
#     NIST 800-53r5: [CM-3, AU-5]
#     ISO 27001:2022: [A.8.9]
#     SOC 2: [CC7.1]
#   remediation: |
#     Grant again what was taken away, or approve a new baseline when the change is meant.
package trailguard.drift.access_not_lost

deny contains denial if {
	some change in input.facts.access_lost.value.changes
	denial := {
		"message": change.message,
		"resource": change.resource,
		"key": change.key,
		"pointer": change.at,
	}
}
