package trailguard.trust.no_other_doors_test

import data.trailguard.fixture
import data.trailguard.trust.no_other_doors

doors(list) := fixture.known("other_doors", {
	"role_arn": "arn:aws:iam::111111111111:role/immuta-audit",
	"doors": list,
})

door(changes) := object.union(
	{
		"principal": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
		"kind": "federated",
		"expected": true,
		"missing": "",
		"at": "acme/iam/trust-policy.json#/Statement/1",
		"key": "federated github",
	},
	changes,
)

test_pass_without_doors if {
	count(no_other_doors.deny) == 0 with input as doors([])
}

test_pass_declared_and_bound if {
	count(no_other_doors.deny) == 0 with input as doors([door({})])
}

test_fail_unbound if {
	denials := no_other_doors.deny with input as doors([door({"missing": "no condition on sub"})])
	endswith(fixture.message(denials), "without an ExternalId: no condition on sub")
}

test_fail_not_declared if {
	denials := no_other_doors.deny with input as doors([door({"expected": false})])
	endswith(fixture.message(denials), "without an ExternalId: nobody declared it")
}

test_fail_both_at_once if {
	denials := no_other_doors.deny with input as doors([door({"expected": false, "missing": "no condition on sub"})])
	endswith(fixture.message(denials), "no condition on sub; nobody declared it")
}

test_unknown if {
	count(no_other_doors.deny) == 0 with input as fixture.unknown("other_doors")
}

remedy(changes) := denial.remediation if {
	denials := no_other_doors.deny with input as doors([door(changes)])
	some denial in denials
}

test_remedy_leaves_who_shares_the_statement if {
	text := remedy({"expected": false, "principal": "ec2.amazonaws.com"})
	startswith(text, "Take ec2.amazonaws.com out of the statement, and leave the rest as it is;")
	declared := remedy({"missing": "no condition on sub", "principal": "idp"})
	declared == concat(" ", [
		"Give idp a statement of its own with the condition that is missing,",
		"and take it out of this one; leave the rest as it is.",
	])
}
