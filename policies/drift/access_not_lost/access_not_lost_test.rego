package trailguard.drift.access_not_lost_test

import data.trailguard.drift.access_not_lost
import data.trailguard.fixture

drift(changes) := fixture.known("access_lost", {
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
	count(access_not_lost.deny) == 0 with input as drift([])
}

test_pass_where_more_is_allowed if {
	every effect in {"widened", "weaker", "equivalent"} {
		count(access_not_lost.deny) == 0 with input as drift([change("bucket_policy", effect)])
	}
}

test_pass_where_only_others_lost_something if {
	every effect in {"narrowed", "stronger"} {
		others := object.union(change("bucket_policy", effect), {"hits_writer": false})
		count(access_not_lost.deny) == 0 with input as drift([others])
	}
}

# It is there again, or was never away.
test_pass_for_a_role_that_is_there if {
	every kind in {"access_keys", "acl", "role", "user"} {
		every effect in {"added", "changed"} {
			count(access_not_lost.deny) == 0 with input as drift([change(kind, effect)])
		}
	}
}

test_fail_where_the_writer_lost_something if {
	every effect in {"narrowed", "stronger"} {
		count(access_not_lost.deny) == 1 with input as drift([change("bucket_policy", effect)])
	}
}

test_fail_for_whatever_else_a_policy_does if {
	every effect in {"mixed", "added", "removed", "recreated", "changed", "odd"} {
		others := object.union(change("bucket_policy", effect), {"hits_writer": false})
		count(access_not_lost.deny) == 1 with input as drift([others])
	}
}

test_fail_for_a_role_that_is_another if {
	every effect in {"removed", "recreated"} {
		count(access_not_lost.deny) == 1 with input as drift([change("role", effect)])
	}
}

test_fail_for_each_change if {
	second := object.union(change("bucket_policy", "narrowed"), {"key": "second"})
	denials := access_not_lost.deny with input as drift([change("bucket_policy", "narrowed"), second])
	count(denials) == 2
	{
		"message": "the bucket_policy is narrowed",
		"resource": "arn:aws:s3:::audit",
		"key": "bucket_policy",
		"pointer": "bucket_policy|arn:aws:s3:::audit|#",
	} in denials
}

test_unknown_decides_nothing if {
	count(access_not_lost.deny) == 0 with input as fixture.unknown("access_lost")
}

# What is certain decides, whatever else could not be compared.
test_fail_for_what_is_certain if {
	certain := {"state": "unknown", "value": {
		"baseline": "0f",
		"changes": [change("bucket_policy", "narrowed")],
	}}
	count(access_not_lost.deny) == 1 with input as fixture.export({"access_lost": certain})
}
