package trailguard.drift.configuration_unchanged_test

import data.trailguard.drift.configuration_unchanged
import data.trailguard.fixture

drift(changes) := fixture.known("configuration_drift", {
	"baseline": "0f",
	"changes": changes,
})

change(key) := {
	"kind": "bucket_policy",
	"resource": "arn:aws:s3:::audit",
	"effect": "changed",
	"message": sprintf("statement %s changed", [key]),
	"at": sprintf("bucket_policy|arn:aws:s3:::audit|#/Statement/%s", [key]),
	"key": key,
}

test_pass if {
	count(configuration_unchanged.deny) == 0 with input as drift([])
}

test_fail_for_each_change if {
	denials := configuration_unchanged.deny with input as drift([change("0"), change("1")])
	count(denials) == 2
	{
		"message": "statement 0 changed",
		"resource": "arn:aws:s3:::audit",
		"key": "0",
		"pointer": "bucket_policy|arn:aws:s3:::audit|#/Statement/0",
	} in denials
}
