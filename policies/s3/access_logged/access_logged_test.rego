package trailguard.s3.access_logged_test

import data.trailguard.fixture
import data.trailguard.s3.access_logged

log(changes) := fixture.known("access_log", object.union(
	{
		"bucket": "audit",
		"prefix": "immuta/",
		"logged": false,
		"by": [],
		"declared": [],
		"itself": false,
		"partial": [],
	},
	changes,
))

test_pass if {
	count(access_logged.deny) == 0 with input as log({"logged": true, "by": ["s3://logs/audit/"]})
}

test_fail if {
	denials := access_logged.deny with input as log({})
	contains(fixture.message(denials), "under s3://audit/immuta/: neither S3 nor any trail")
}

test_fail_into_itself if {
	denials := access_logged.deny with input as log({"itself": true})
	contains(fixture.message(denials), "S3 logs into the bucket itself")
}

test_fail_in_part if {
	denials := access_logged.deny with input as log({"partial": ["trail t logs nothing of reading"]})
	contains(fixture.message(denials), "trail t logs nothing of reading")
}

test_unknown if {
	count(access_logged.deny) == 0 with input as fixture.unknown("access_log")
}
