package trailguard.s3.writers_confined_test

import data.trailguard.fixture
import data.trailguard.s3.writers_confined

confined(unconfined) := fixture.known("writers_confined", {
	"bucket": "audit",
	"target": "arn:aws:s3:::audit/immuta/*",
	"writer": "arn:aws:iam::111111111111:role/w",
	"break_glass": [],
	"unconfined": unconfined,
})

test_pass if {
	count(writers_confined.deny) == 0 with input as confined([])
}

test_fail_everybody if {
	denials := writers_confined.deny with input as confined([{
		"principal": "every principal of account 111111111111",
		"actions": "s3:DeleteObject",
		"named": false,
		"key": "111111111111",
	}])
	contains(fixture.message(denials), "from s3:DeleteObject on arn:aws:s3:::audit/immuta/*, whom an administrator")
}

test_fail_spared if {
	denials := writers_confined.deny with input as confined([{
		"principal": "arn:aws:iam::111111111111:role/etl",
		"actions": "s3:PutObject",
		"named": true,
		"key": "arn:aws:iam::111111111111:role/etl",
	}])
	contains(fixture.message(denials), "nobody declared it in expect.breakGlass")
}

test_unknown if {
	count(writers_confined.deny) == 0 with input as fixture.unknown("writers_confined")
}
