package trailguard.trust.principal_expected_test

import data.trailguard.fixture
import data.trailguard.trust.principal_expected

trusted(principals) := fixture.known("trusted_principals", {
	"role_arn": "arn:aws:iam::111111111111:role/immuta-audit",
	"account": "111111111111",
	"principals": principals,
	"expected": ["222222222222"],
	"immuta": ["222222222222"],
	"immuta_trusted": count([p | some p in principals; p.expected]) > 0,
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
	startswith(denial.remediation, "Remove 333333333333 from the statement, unless Immuta's support says")
}

test_fail_own_account_beside_immutas if {
	given := trusted([principal("222222222222", true), principal("111111111111", false)])
	denials := principal_expected.deny with input as given
	endswith(fixture.message(denials), "trusts 111111111111, but you expect 222222222222 only")
	some denial in denials
	contains(denial.remediation, "for emergencies is declared in expect.breakGlass.")
}

test_fail_service if {
	service := object.union(principal("", false), {"principal": "ec2.amazonaws.com", "kind": "service"})
	denials := principal_expected.deny with input as trusted([principal("222222222222", true), service])
	some denial in denials
	startswith(denial.remediation, "Remove ec2.amazonaws.com from the statement. Where it names nobody else, ")
}

test_fail_own_account_in_the_place_of_immutas if {
	denials := principal_expected.deny with input as trusted([principal("111111111111", false)])
	endswith(fixture.message(denials), "which is your own account, and not 222222222222, from which Immuta calls")
	some denial in denials
	startswith(denial.remediation, "Put 222222222222 in the place of 111111111111, with the condition {\"StringEquals\"")
	contains(denial.remediation, sprintf("{\"sts:ExternalId\": %q}", [fixture.id]))
	endswith(denial.remediation, "Only if Immuta runs in your own account, declare that in expect.immutaAccounts.")
}

test_everybody_is_told_once if {
	own := principal("111111111111", false)
	anyone := object.union(own, {"principal": "anyone", "kind": "any_account", "key": "any_account anyone"})
	denials := principal_expected.deny with input as trusted([own, anyone])
	contains(fixture.message(denials), "trusts anyone, but you expect")
}

# Immuta itself may come in as everybody does.
test_remedy_of_everybody_lets_immuta_in if {
	anyone := object.union(principal("", false), {"principal": "anyone", "kind": "any_account"})
	denials := principal_expected.deny with input as trusted([principal("222222222222", true), anyone])
	some denial in denials
	startswith(denial.remediation, "Put 222222222222 in the place of everybody (*), with the condition {\"StringEquals\"")
}

test_fail_where_nobody_told_who_calls if {
	given := trusted([principal("111111111111", false)])
	untold := json.patch(given, [{"op": "replace", "path": "/facts/trusted_principals/value/immuta", "value": []}])
	denials := principal_expected.deny with input as untold
	some denial in denials
	startswith(denial.remediation, "Remove 111111111111 from the statement")
}
