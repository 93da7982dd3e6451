package trailguard.drift.protection_not_weakened_test

import data.trailguard.drift.protection_not_weakened
import data.trailguard.fixture

drift(changes) := fixture.known("protection_drift", {
	"baseline": "0f",
	"changes": changes,
})

change(key) := {
	"kind": "bucket_policy",
	"resource": "arn:aws:s3:::audit",
	"effect": "weaker",
	"message": sprintf("statement %s changed", [key]),
	"at": sprintf("bucket_policy|arn:aws:s3:::audit|#/Statement/%s", [key]),
	"key": key,
}

test_pass if {
	count(protection_not_weakened.deny) == 0 with input as drift([])
}

test_fail_for_each_change if {
	denials := protection_not_weakened.deny with input as drift([change("0"), change("1")])
	count(denials) == 2
	{
		"message": "statement 0 changed",
		"resource": "arn:aws:s3:::audit",
		"key": "0",
		"pointer": "bucket_policy|arn:aws:s3:::audit|#/Statement/0",
	} in denials
}
