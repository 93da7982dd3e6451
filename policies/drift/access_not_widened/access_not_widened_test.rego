package trailguard.drift.access_not_widened_test

import data.trailguard.drift.access_not_widened
import data.trailguard.fixture

drift(changes) := fixture.known("access_widened", {
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
	count(access_not_widened.deny) == 0 with input as drift([])
}

test_pass_where_less_is_allowed if {
	every effect in {"narrowed", "stronger", "equivalent"} {
		count(access_not_widened.deny) == 0 with input as drift([change("bucket_policy", effect)])
	}
}

# Its owner changed, and no grant.
test_pass_for_an_acl_that_merely_changed if {
	count(access_not_widened.deny) == 0 with input as drift([change("acl", "changed")])
}

test_fail_for_whatever_else_a_policy_does if {
	every effect in {"widened", "weaker", "mixed", "added", "removed", "recreated", "changed", "odd"} {
		count(access_not_widened.deny) == 1 with input as drift([change("bucket_policy", effect)])
	}
}

test_fail_for_an_acl_that_grants_more if {
	count(access_not_widened.deny) == 1 with input as drift([change("acl", "widened")])
}

test_fail_for_each_change if {
	second := object.union(change("bucket_policy", "widened"), {"key": "second"})
	denials := access_not_widened.deny with input as drift([change("bucket_policy", "widened"), second])
	count(denials) == 2
	{
		"message": "the bucket_policy is widened",
		"resource": "arn:aws:s3:::audit",
		"key": "bucket_policy",
		"pointer": "bucket_policy|arn:aws:s3:::audit|#",
	} in denials
}

test_unknown_decides_nothing if {
	count(access_not_widened.deny) == 0 with input as fixture.unknown("access_widened")
}

# What is certain decides, whatever else could not be compared.
test_fail_for_what_is_certain if {
	certain := {"state": "unknown", "value": {
		"baseline": "0f",
		"changes": [change("bucket_policy", "widened")],
	}}
	count(access_not_widened.deny) == 1 with input as fixture.export({"access_widened": certain})
}
