package trailguard.drift.configuration_unchanged_test

import data.trailguard.drift.configuration_unchanged
import data.trailguard.fixture

drift(changes) := fixture.known("configuration_drift", {
	"baseline": "0f",
	"changes": changes,
})

change(kind, effect) := {
	"kind": kind,
	"resource": "arn:aws:s3:::audit",
	"effect": effect,
	"hits_writer": true,
	"message": sprintf("the %s is %s", [kind, effect]),
	"at": sprintf("%s|arn:aws:s3:::audit|#", [kind]),
	"key": kind,
}

test_pass_without_changes if {
	count(configuration_unchanged.deny) == 0 with input as drift([])
}

test_pass_where_it_means_the_same if {
	count(configuration_unchanged.deny) == 0 with input as drift([change("configuration", "equivalent")])
}

test_fail_for_whatever_else_happens if {
	every effect in {"changed", "recreated", "removed", "odd"} {
		count(configuration_unchanged.deny) == 1 with input as drift([change("configuration", effect)])
	}
}

test_fail_for_each_change if {
	second := object.union(change("configuration", "changed"), {"key": "second"})
	denials := configuration_unchanged.deny with input as drift([change("configuration", "changed"), second])
	count(denials) == 2
	{
		"message": "the configuration is changed",
		"resource": "arn:aws:s3:::audit",
		"key": "configuration",
		"pointer": "configuration|arn:aws:s3:::audit|#",
	} in denials
}

test_unknown_decides_nothing if {
	count(configuration_unchanged.deny) == 0 with input as fixture.unknown("configuration_drift")
}

# What is certain decides, whatever else could not be compared.
test_fail_for_what_is_certain if {
	certain := {"state": "unknown", "value": {
		"baseline": "0f",
		"changes": [change("configuration", "changed")],
	}}
	count(configuration_unchanged.deny) == 1 with input as fixture.export({"configuration_drift": certain})
}
