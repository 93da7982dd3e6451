package trailguard.trust.principals_exist_test

import data.trailguard.fixture
import data.trailguard.trust.principals_exist

deleted(list) := fixture.known("deleted_principals", {"principals": list})

gone(id) := {
	"id": id,
	"policy": "bucket policy",
	"resource": "arn:aws:s3:::audit",
	"does": "lets nobody in",
	"at": "acme/s3/audit/policy.json#/Statement/1",
	"key": id,
}

test_pass if {
	count(principals_exist.deny) == 0 with input as deleted([])
}

test_fail if {
	denials := principals_exist.deny with input as deleted([gone("AROAEXAMPLE")])
	startswith(fixture.message(denials), "the bucket policy of arn:aws:s3:::audit names AROAEXAMPLE")
	some denial in denials
	denial.resource == "arn:aws:s3:::audit"
}

test_fail_for_each if {
	count(principals_exist.deny) == 2 with input as deleted([gone("AROAEXAMPLE"), gone("AIDAEXAMPLE")])
}

test_unknown if {
	count(principals_exist.deny) == 0 with input as fixture.unknown("deleted_principals")
}
