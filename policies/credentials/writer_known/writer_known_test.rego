package trailguard.credentials.writer_known_test

import data.trailguard.credentials.writer_known
import data.trailguard.fixture

writer(arn, kind, exists) := fixture.known("writer", {
	"arn": arn,
	"kind": kind,
	"known": arn != "",
	"source": "configuration",
	"exists": exists,
})

test_pass if {
	count(writer_known.deny) == 0 with input as writer("arn:aws:iam::111111111111:user/immuta", "user", true)
}

test_fail_nobody_says if {
	denials := writer_known.deny with input as writer("", "user", false)
	startswith(fixture.message(denials), "nobody says which IAM user uploads")
}

test_fail_gone if {
	denials := writer_known.deny with input as writer("arn:aws:iam::111111111111:role/immuta", "role", false)
	startswith(fixture.message(denials), "role arn:aws:iam::111111111111:role/immuta does not exist")
}
