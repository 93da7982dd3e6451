package trailguard.s3.no_silent_denial_test

import data.trailguard.fixture
import data.trailguard.s3.no_silent_denial

uploads(refusals) := fixture.known("silent_denial", {
	"bucket": "audit",
	"writer": "arn:aws:iam::111111111111:role/immuta-audit",
	"target": "arn:aws:s3:::audit/immuta/*",
	"refusals": refusals,
})

refusal(cause, action) := {
	"cause": cause,
	"action": action,
	"what": "because of that",
	"at": "acme/s3/policy.json#/Statement/1",
	"key": concat("", [cause, action]),
}

remedy(cause, action) := denial.remediation if {
	some denial in no_silent_denial.deny with input as uploads([refusal(cause, action)])
}

test_pass if {
	count(no_silent_denial.deny) == 0 with input as uploads([])
}

test_fail if {
	denials := no_silent_denial.deny with input as uploads([refusal("deny", "")])
	endswith(fixture.message(denials), "uploads to arn:aws:s3:::audit/immuta/*: because of that")
}

test_fail_once_for_each_cause if {
	causes := [refusal("requester_pays", ""), refusal("acl", "")]
	count(no_silent_denial.deny) == 2 with input as uploads(causes)
}

test_remedy_of_a_deny_spares_the_upload if {
	text := remedy("deny", "")
	startswith(text, "Let the Deny spare s3:PutObject on arn:aws:s3:::audit/immuta/* by arn:aws:iam::111111111111:role/")
	contains(text, "; leave it as it is for everything else and all others")
}

test_remedy_of_requester_pays if contains(remedy("requester_pays", ""), "Payer=BucketOwner")

test_remedy_of_an_acl if startswith(remedy("acl", ""), "Correct expect.requests")

test_remedy_of_a_demanded_acl if contains(remedy("acl_demanded", ""), "that have no ACL as well")

test_remedy_of_a_permission if {
	startswith(remedy("permission", "s3:PutObjectAcl"), "Allow s3:PutObjectAcl on arn:aws:s3:::audit/immuta/* to")
}

test_unknown if {
	count(no_silent_denial.deny) == 0 with input as fixture.unknown("silent_denial")
}
