# METADATA
# title: Somebody answers for the export
# description: |
#   The configuration names an owner of the export (exports.<id>.owner). The rule applies once any export has
#   one: an export without an owner is then an omission.
# scope: package
# custom:
#   id: owner_named
#   severity: low
#   requires: [owner]
#   controls:
#     NIST 800-53r5: [PM-29]
#     ISO 27001:2022: [A.5.2]
#     SOC 2: [CC1.3]
#   remediation: |
#     Name who answers for the export under exports.<id>.owner in the configuration.
package trailguard.export.owner_named

deny contains {"message": message} if {
	input.facts.owner.value.name == ""
	message := "nobody is named to answer for this export, and others have an owner"
}
