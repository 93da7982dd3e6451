package trailguard.credentials.access_key_fresh_test

import data.trailguard.credentials.access_key_fresh
import data.trailguard.fixture

keys(active, since) := fixture.known("key_age", {
	"user": "arn:aws:iam::111111111111:user/immuta",
	"max_days": 90,
	"active": active,
	"both_since": since,
	"at": "acme/iam/access-keys.json#/AccessKeyMetadata/1",
})

key(id, days) := {
	"id": id,
	"created": "2026-10-01T00:00:00Z",
	"days": days,
	"stale": days >= 90,
	"at": "acme/iam/access-keys.json#/AccessKeyMetadata/0",
	"key": id,
}

test_pass if {
	count(access_key_fresh.deny) == 0 with input as keys([key("…KEY0", 89)], "")
}

test_pass_rotation if {
	count(access_key_fresh.deny) == 0 with input as keys([key("…KEY0", 89), key("…KEY1", 2)], "")
}

test_fail_old if {
	denials := access_key_fresh.deny with input as keys([key("…KEY0", 90)], "")
	endswith(fixture.message(denials), "created 2026-10-01T00:00:00Z, 90 days ago, and 90 days are the limit")
}

test_fail_unfinished_rotation if {
	denials := access_key_fresh.deny with input as keys([key("…KEY0", 60), key("…KEY1", 20)], "2026-10-31")
	contains(fixture.message(denials), "two active access keys (…KEY0 and …KEY1) since 2026-10-31")
	some denial in denials
	contains(denial.remediation, "once an object has arrived by it")
}

test_unknown if {
	count(access_key_fresh.deny) == 0 with input as fixture.unknown("key_age")
}
