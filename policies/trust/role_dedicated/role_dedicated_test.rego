package trailguard.trust.role_dedicated_test

import data.trailguard.fixture
import data.trailguard.trust.role_dedicated

use(others) := fixture.known("role_use", {"role_arn": "arn:aws:iam::111111111111:role/w", "others": others})

test_pass if {
	count(role_dedicated.deny) == 0 with input as use([])
}

test_fail if {
	denials := role_dedicated.deny with input as use([{
		"service": "glue",
		"actions": "glue:Get*",
		"at": "acme/iam/p.json#/Statement/0",
		"key": "glue",
	}])
	contains(fixture.message(denials), "may also glue:Get*:")
}

test_unknown if {
	count(role_dedicated.deny) == 0 with input as fixture.unknown("role_use")
}
