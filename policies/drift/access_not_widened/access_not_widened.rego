# METADATA
# title: Nobody has gained access since the baseline
# description: |
#   Nobody can write, delete, read, change protection or assume the role who could not in the baseline.
#   Delegating access to another account as a whole counts, too.
# scope: package
# custom:
#   id: access_not_widened
#   severity: critical
#   requires: [access_widened]
#   controls:
#     NIST 800-53r5: [CM-3, CM-6(2), CA-7]
#     ISO 27001:2022: [A.8.9]
#     SOC 2: [CC8.1]
#     PCI DSS 4.0: ["10.3.4"]
#   remediation: |
#     Undo the change of the statement that is shown, or approve a new baseline if the change is
#     intended.
package trailguard.drift.access_not_widened

deny contains denial if {
	some change in input.facts.access_widened.value.changes
	not grants_nothing_new(change)
	denial := {
		"message": change.message,
		"resource": change.resource,
		"key": change.key,
		"pointer": change.at,
	}
}

# grants_nothing_new: an effect that names no direction is taken for both. An access
# control list that merely changed has another owner, and grants nothing else.
grants_nothing_new(change) if change.effect in {"narrowed", "stronger", "equivalent"}

grants_nothing_new(change) if {
	change.effect == "changed"
	change.kind == "acl"
}
