package trailguard.s3.objects_locked_test

import data.trailguard.fixture
import data.trailguard.s3.objects_locked

lock(changes) := fixture.known("object_lock", object.union(
	{
		"bucket": "audit",
		"enabled": true,
		"mode": "COMPLIANCE",
		"days": 400,
		"expected_days": 365,
		"bypass": [],
	},
	changes,
))

test_pass if {
	count(objects_locked.deny) == 0 with input as lock({})
}

test_pass_governance_that_nobody_bypasses if {
	count(objects_locked.deny) == 0 with input as lock({"mode": "GOVERNANCE"})
}

test_pass_any_retention_where_none_is_expected if {
	count(objects_locked.deny) == 0 with input as lock({"days": 1, "expected_days": 0})
}

test_fail_merely_enabled if {
	denials := objects_locked.deny with input as lock({"mode": "", "days": 0})
	contains(fixture.message(denials), "has no default retention")
}

test_fail_too_short if {
	denials := objects_locked.deny with input as lock({"days": 30})
	endswith(fixture.message(denials), "for 30 days, but you expect 365")
}

test_fail_bypass if {
	denials := objects_locked.deny with input as lock({"mode": "GOVERNANCE", "bypass": ["111111111111"]})
	endswith(fixture.message(denials), "does not deny s3:BypassGovernanceRetention to 111111111111")
}

test_unknown if {
	count(objects_locked.deny) == 0 with input as fixture.unknown("object_lock")
}
