package trailguard.credentials.writer_key_active_test

import data.trailguard.credentials.writer_key_active
import data.trailguard.fixture

keys(active, inactive) := fixture.known("writer_key", {
	"user": "arn:aws:iam::111111111111:user/immuta",
	"active": active,
	"inactive": inactive,
	"at": "access_keys|user|#/AccessKeyMetadata/0",
})

test_pass if {
	count(writer_key_active.deny) == 0 with input as keys(["…KEY0"], [])
}

# A rotation: the old key is off already, or both are on for a while.
test_pass_beside_another if {
	count(writer_key_active.deny) == 0 with input as keys(["…KEY0"], ["…KEY1"])
	count(writer_key_active.deny) == 0 with input as keys(["…KEY0", "…KEY1"], [])
}

test_pass_where_nobody_could_read_them if {
	count(writer_key_active.deny) == 0 with input as fixture.unknown("writer_key")
}

test_fail_inactive if {
	denials := writer_key_active.deny with input as keys([], ["…KEY0", "…KEY1"])
	contains(fixture.message(denials), "has no active access key (…KEY0, …KEY1 inactive): nothing can be uploaded")
	some denial in denials
	denial.pointer == "access_keys|user|#/AccessKeyMetadata/0"
}

test_fail_none if {
	denials := writer_key_active.deny with input as keys([], [])
	contains(fixture.message(denials), "user/immuta has no active access key: nothing can be uploaded in its name")
}
