package trailguard.s3.owner_readable_test

import data.trailguard.fixture
import data.trailguard.s3.owner_readable

ownership(changes) := fixture.known("object_ownership", object.union(
	{
		"bucket": "audit",
		"setting": "ObjectWriter",
		"owner": "333333333333",
		"writer_account": "111111111111",
		"readable": true,
		"at": "acme/s3/audit/ownership.json#/OwnershipControls",
	},
	changes,
))

test_pass if {
	count(owner_readable.deny) == 0 with input as ownership({"setting": "BucketOwnerEnforced"})
}

test_pass_within_one_account if {
	count(owner_readable.deny) == 0 with input as ownership({"owner": "111111111111"})
}

test_fail_across_accounts if {
	denials := owner_readable.deny with input as ownership({"readable": false})
	contains(fixture.message(denials), "account 111111111111 uploads to bucket \"audit\" stays its own (ObjectWriter)")
}

test_unknown if {
	count(owner_readable.deny) == 0 with input as fixture.unknown("object_ownership")
}
