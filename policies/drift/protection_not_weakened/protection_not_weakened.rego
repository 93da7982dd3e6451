# METADATA
# title: The bucket's protection is no weaker than in the baseline
# description: |
#   Encryption, Block Public Access, versioning, Object Lock, access logging and retention protect the
#   trail as much as in the baseline, or more.
# scope: package
# custom:
#   id: protection_not_weakened
#   severity: high
#   requires: [protection_drift]
#   controls:
#     NIST 800-53r5: [CM-6]
#     ISO 27001:2022: [A.8.9]
#     SOC 2: [CC8.1]
#   remediation: |
#     Set the protection back to what it was, or approve a new baseline if the change is intended.
package trailguard.drift.protection_not_weakened

deny contains denial if {
	some change in input.facts.protection_drift.value.changes
	not protects_as_much(change)
	denial := {
		"message": change.message,
		"resource": change.resource,
		"key": change.key,
		"pointer": change.at,
	}
}

# protects_as_much: a change in which neither side is better counts only for the
# bucket itself and its owner, since it may be another one.
protects_as_much(change) if change.effect in {"stronger", "narrowed", "equivalent"}

protects_as_much(change) if {
	change.effect in {"added", "changed"}
	not change.kind in {"bucket", "bucket_owner"}
}
