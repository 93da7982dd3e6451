# METADATA
# title: No other export writes to the same place
# description: |
#   No other enabled export of the run, of any tenant, writes to the export's path, below it or above it. Where two
#   do, it cannot be told which of them wrote an object, and each may overwrite objects of the other.
# scope: package
# custom:
#   id: destination_unique
#   severity: medium
#   requires: [destination]
#   controls:
#     NIST 800-53r5: [AU-9]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#   remediation: |
#     Give each export its own path in Immuta, none of them below another's, and allow its writer that path. Where one
#     export replaces the other, retire the old one in Immuta once objects of the new one arrive.
package trailguard.export.destination_unique

import data.trailguard.lib

deny contains {"message": message} if {
	fact := input.facts.destination.value
	count(fact.others) > 0
	others := [text |
		some other in fact.others
		text := sprintf("export %s of tenant %s to %s", [other.id, other.tenant, other.place])
	]
	clauses := lib.clauses(array.concat(others, more(fact)), "")
	message := sprintf("%s is not this export's alone: %s", [fact.place, clauses])
}

more(fact) := [sprintf("and %d more", [fact.more]) | fact.more > 0]
