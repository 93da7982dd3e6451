package trailguard.drift.protection_not_weakened_test

import data.trailguard.drift.protection_not_weakened
import data.trailguard.fixture

drift(changes) := fixture.known("protection_drift", {
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
	count(protection_not_weakened.deny) == 0 with input as drift([])
}

test_pass_where_protection_is_no_weaker if {
	every effect in {"stronger", "narrowed", "equivalent"} {
		count(protection_not_weakened.deny) == 0 with input as drift([change("bucket", effect)])
	}
}

test_pass_for_what_is_neither_better_nor_worse if {
	every effect in {"added", "changed"} {
		count(protection_not_weakened.deny) == 0 with input as drift([change("encryption", effect)])
	}
}

test_fail_where_it_may_be_another_bucket if {
	every kind in {"bucket", "bucket_owner"} {
		every effect in {"added", "changed"} {
			count(protection_not_weakened.deny) == 1 with input as drift([change(kind, effect)])
		}
	}
}

test_fail_for_whatever_else_happens if {
	every effect in {"weaker", "widened", "mixed", "removed", "recreated", "odd"} {
		count(protection_not_weakened.deny) == 1 with input as drift([change("versioning", effect)])
	}
}

test_fail_for_each_change if {
	second := object.union(change("versioning", "weaker"), {"key": "second"})
	denials := protection_not_weakened.deny with input as drift([change("versioning", "weaker"), second])
	count(denials) == 2
	{
		"message": "the versioning is weaker",
		"resource": "arn:aws:s3:::audit",
		"key": "versioning",
		"pointer": "versioning|arn:aws:s3:::audit|#",
	} in denials
}

test_unknown_decides_nothing if {
	count(protection_not_weakened.deny) == 0 with input as fixture.unknown("protection_drift")
}

# What is certain decides, whatever else could not be compared.
test_fail_for_what_is_certain if {
	certain := {"state": "unknown", "value": {
		"baseline": "0f",
		"changes": [change("versioning", "weaker")],
	}}
	count(protection_not_weakened.deny) == 1 with input as fixture.export({"protection_drift": certain})
}
