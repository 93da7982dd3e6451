# METADATA
# title: The writer may still do what it could in the baseline
# description: |
#   Everything that was granted in the baseline is still granted: to assume the role, to put objects, to
#   use the key. Losing one of these stops the export at its next run.
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
#     Grant again what was taken away, or approve a new baseline if the change is intended.
package trailguard.drift.access_not_lost

deny contains denial if {
	some change in input.facts.access_lost.value.changes
	not leaves_the_writer(change)
	denial := {
		"message": change.message,
		"resource": change.resource,
		"key": change.key,
		"pointer": change.at,
	}
}

# leaves_the_writer: an effect that names no direction is taken for a loss. Policies
# name a role or user by its id, which one that was created anew has not.
leaves_the_writer(change) if change.effect in {"widened", "weaker", "equivalent"}

leaves_the_writer(change) if {
	change.effect in {"added", "changed"}
	change.kind in {"access_keys", "acl", "role", "user"}
}

leaves_the_writer(change) if {
	change.effect in {"narrowed", "stronger"}
	not change.hits_writer
}
