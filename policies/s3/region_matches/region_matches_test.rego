package trailguard.s3.region_matches_test

import data.trailguard.fixture
import data.trailguard.s3.region_matches

region(configured, allowed) := fixture.known("bucket_region", {
	"name": "audit",
	"region": "eu-west-1",
	"configured": configured,
	"allowed": allowed,
})

test_pass if {
	count(region_matches.deny) == 0 with input as region("eu-west-1", [])
}

test_pass_in_allowed_region if {
	count(region_matches.deny) == 0 with input as region("eu-west-1", ["eu-central-1", "eu-west-1"])
}

test_fail_configured_elsewhere if {
	denials := region_matches.deny with input as region("us-east-1", [])
	contains(fixture.message(denials), "is in eu-west-1, but the export is configured for us-east-1")
}

test_fail_without_region if {
	denials := region_matches.deny with input as region("", [])
	contains(fixture.message(denials), "configured for no region")
}

test_fail_outside_allowed_regions if {
	denials := region_matches.deny with input as region("eu-west-1", ["us-east-1"])
	endswith(fixture.message(denials), "is in eu-west-1, but you allow us-east-1 only")
}
