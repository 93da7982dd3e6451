package trailguard.kms.key_rotated_test

import data.trailguard.fixture
import data.trailguard.kms.key_rotated

rotation(changes) := fixture.known("key_rotation", object.union(
	{
		"key": "arn:aws:kms:us-east-1:111111111111:key/1",
		"possible": true,
		"why": "",
		"enabled": false,
		"period_days": 0,
	},
	changes,
))

test_pass if {
	count(key_rotated.deny) == 0 with input as rotation({"enabled": true, "period_days": 365})
}

test_pass_period_not_told if {
	count(key_rotated.deny) == 0 with input as rotation({"enabled": true})
}

test_pass_cannot_be_rotated if {
	count(key_rotated.deny) == 0 with input as rotation({"possible": false, "why": "its material was imported"})
}

test_fail if {
	denials := key_rotated.deny with input as rotation({})
	startswith(fixture.message(denials), "KMS does not rotate key arn:aws:kms:us-east-1:111111111111:key/1")
}

test_unknown if {
	count(key_rotated.deny) == 0 with input as fixture.unknown("key_rotation")
}
