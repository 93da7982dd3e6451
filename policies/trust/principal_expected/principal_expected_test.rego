package trailguard.trust.principal_expected_test

import data.trailguard.fixture
import data.trailguard.trust.principal_expected

trusted(principals) := fixture.known("trusted_principals", {
	"role_arn": "arn:aws:iam::111111111111:role/immuta-audit",
	"principals": principals,
	"expected": ["222222222222"],
})

principal(account, expected) := {
	"principal": account,
	"account": account,
	"kind": "account",
	"expected": expected,
	"at": sprintf("trust_policy|role|#/Statement/%s", [account]),
	"key": account,
}

test_pass if {
	count(principal_expected.deny) == 0 with input as trusted([principal("222222222222", true)])
}

test_fail_names_the_stranger_only if {
	given := trusted([principal("222222222222", true), principal("333333333333", false)])
	denials := principal_expected.deny with input as given
	endswith(fixture.message(denials), "trusts 333333333333, but you expect 222222222222 only")
	some denial in denials
	denial.key == "333333333333"
	denial.pointer == "trust_policy|role|#/Statement/333333333333"
}
