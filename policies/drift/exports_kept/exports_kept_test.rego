package trailguard.drift.exports_kept_test

import data.trailguard.drift.exports_kept
import data.trailguard.fixture

removed(changes) := fixture.tenant("removed_exports", {
	"baseline": "0f",
	"changes": changes,
})

test_pass if {
	count(exports_kept.deny) == 0 with input as removed([])
}

test_fail_for_each if {
	gone := {
		"kind": "configuration",
		"resource": "https://acme.example#259f",
		"effect": "removed",
		"hits_writer": false,
		"message": "export 259f is gone",
		"at": "",
		"key": "configuration",
	}
	exports_kept.deny == {{
		"message": "export 259f is gone",
		"resource": "https://acme.example#259f",
		"key": "configuration",
		"pointer": "",
	}} with input as removed([gone])
}
