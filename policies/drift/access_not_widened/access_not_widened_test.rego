package trailguard.drift.access_not_widened_test

import data.trailguard.drift.access_not_widened
import data.trailguard.fixture

drift(changes) := fixture.known("access_widened", {
	"baseline": "0f",
	"changes": changes,
})

change(key) := {
	"kind": "bucket_policy",
	"resource": "arn:aws:s3:::audit",
	"effect": "widened",
	"message": sprintf("statement %s changed", [key]),
	"at": sprintf("bucket_policy|arn:aws:s3:::audit|#/Statement/%s", [key]),
	"key": key,
}

test_pass if {
	count(access_not_widened.deny) == 0 with input as drift([])
}

test_fail_for_each_change if {
	denials := access_not_widened.deny with input as drift([change("0"), change("1")])
	count(denials) == 2
	{
		"message": "statement 0 changed",
		"resource": "arn:aws:s3:::audit",
		"key": "0",
		"pointer": "bucket_policy|arn:aws:s3:::audit|#/Statement/0",
	} in denials
}
