package trailguard.s3.versioned_test

import data.trailguard.fixture
import data.trailguard.s3.versioned

versioning(status) := fixture.known("versioning", {
	"bucket": "audit",
	"status": status,
	"enabled": status == "Enabled",
})

test_pass if {
	count(versioned.deny) == 0 with input as versioning("Enabled")
}

test_fail_suspended if {
	denials := versioned.deny with input as versioning("Suspended")
	contains(fixture.message(denials), "has its versioning suspended")
}

test_fail_never if {
	denials := versioned.deny with input as versioning("")
	contains(fixture.message(denials), "has never had versioning")
}

test_unknown if {
	count(versioned.deny) == 0 with input as fixture.unknown("versioning")
}
