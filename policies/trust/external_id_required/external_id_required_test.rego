package trailguard.trust.external_id_required_test

import data.trailguard.fixture
import data.trailguard.trust.external_id_required

bypass(accesses) := fixture.known("external_id_bypass", {
	"role_arn": "arn:aws:iam::111111111111:role/immuta-audit",
	"accesses": accesses,
	"declared": [],
})

access(principal, how, key) := {
	"principal": principal,
	"kind": "account",
	"action": "sts:AssumeRole",
	"how": how,
	"at": sprintf("trust_policy|role|#/Statement/%s", [key]),
	"key": key,
}

test_pass if {
	count(external_id_required.deny) == 0 with input as bypass([])
}

test_fail_of_an_id_that_may_be_an_access_summarys if {
	denials := external_id_required.deny with input as bypass([access("222222222222", "with ExternalId \"old\"", "1")])
	some denial in denials
	endswith(denial.remediation, "sends that id, declare it in expect.otherExternalIds.")
}

test_fail_for_each_access if {
	denials := external_id_required.deny with input as bypass([
		access("222222222222", "without an ExternalId", "0"),
		access("222222222222", "with ExternalId \"old\"", "1"),
	])
	count(denials) == 2
	some denial in denials
	startswith(denial.remediation, "Make {\"StringEquals\": {\"sts:ExternalId\": \"259fc41c-")
	contains(denial.remediation, "the statement's one condition on sts:ExternalId")
	denial.key == "0"
	not contains(denial.remediation, "expect.otherExternalIds.")
	denial.pointer == "trust_policy|role|#/Statement/0"
	contains(denial.message, "222222222222 may assume arn:aws:iam::111111111111:role/immuta-audit without an ExternalId")
}
