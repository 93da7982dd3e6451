package trailguard.s3.bucket_owner_expected_test

import data.trailguard.fixture
import data.trailguard.s3.bucket_owner_expected

owner(account, expected) := fixture.known("bucket_owner", {
	"name": "audit",
	"account": account,
	"expected": expected,
	"accounts": ["111111111111", "222222222222"],
})

test_pass if {
	count(bucket_owner_expected.deny) == 0 with input as owner("111111111111", true)
}

test_fail_names_both_sides if {
	denials := bucket_owner_expected.deny with input as owner("333333333333", false)
	contains(fixture.message(denials), "belongs to account 333333333333, but you expect 111111111111 or 222222222222:")
}

test_fail_nameless_owner if {
	denials := bucket_owner_expected.deny with input as owner("", false)
	contains(fixture.message(denials), "belongs to another account")
}
