package trailguard.trust.external_id_equals_configuration_id_test

import data.trailguard.fixture
import data.trailguard.trust.external_id_equals_configuration_id

role := "arn:aws:iam::111111111111:role/immuta-audit"

accepted(changes) := fixture.known("external_id_accepted", object.union(
	{
		"role_arn": role,
		"configuration_id": fixture.id,
		"accepted": false,
		"demanded_ids": [fixture.id],
		"immuta": ["222222222222"],
		"trustees": ["222222222222"],
		"instead": [],
		"cause": "",
		"why": "",
		"at": "trust_policy|role|#/Statement/0",
	},
	changes,
))

because(cause, why, changes) := accepted(object.union({"cause": cause, "why": why}, changes))

test_pass if {
	count(external_id_equals_configuration_id.deny) == 0 with input as accepted({"accepted": true})
}

test_fail_stale_id if {
	given := because("stale_id", "its ExternalId differs", {"demanded_ids": ["ab12"]})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "demands ExternalId \"ab12\" but this configuration's id is \"259fc41c-")
	some denial in denials
	denial.pointer == "trust_policy|role|#/Statement/0"
	startswith(denial.remediation, "Put this configuration's id under sts:ExternalId: {\"StringEquals\"")
}

test_fail_several_stale_ids if {
	given := because("stale_id", "", {"demanded_ids": ["a", "b", "c"]})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "demands ExternalId \"a\", \"b\" or \"c\" but")
}

test_fail_own_account_in_the_place_of_immutas if {
	given := because("own_account", "", {"instead": ["111111111111"]})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "trusts 111111111111, which is your own account, and not 222222222222, from")
	some denial in denials
	startswith(denial.remediation, "Put 222222222222 in the place of 111111111111, with the condition {\"StringEquals\"")
	endswith(denial.remediation, "Only if Immuta runs in your own account, declare that in expect.immutaAccounts.")
}

test_fail_own_account_and_stale_id if {
	given := because("own_account", "", {"instead": ["111111111111"], "demanded_ids": ["old"]})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "; it demands ExternalId \"old\" besides, and this")
}

test_fail_not_trusted if {
	denials := external_id_equals_configuration_id.deny with input as because("not_trusted", "no statement trusts it", {})
	contains(fixture.message(denials), "does not let 222222222222 in with this configuration's id")
	some denial in denials
	startswith(denial.remediation, "Let 222222222222 assume the role, with the condition")
}

test_fail_nobody_told_who_calls if {
	given := because("not_trusted", "no statement trusts anybody", {"immuta": [], "trustees": []})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "does not let anybody in with this configuration's id")
	some denial in denials
	startswith(denial.remediation, "Let the account that Immuta calls from (its support names it) assume the role")
}

test_fail_deleted_principal if {
	given := because("deleted_principal", "", {"instead": ["AROAEXAMPLE"]})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "names AROAEXAMPLE, as AWS shows a principal that was deleted")
	some denial in denials
	startswith(denial.remediation, "Put 222222222222 in the place of AROAEXAMPLE")
}

test_fail_denied if {
	denials := external_id_equals_configuration_id.deny with input as because("denied", "a Deny refuses it", {})
	contains(fixture.message(denials), "(a Deny refuses it): Immuta cannot assume the role")
	some denial in denials
	startswith(denial.remediation, "Let the Deny spare 222222222222")
}

test_fail_condition if {
	given := because("condition", "the statement has a condition on aws:SourceAccount", {})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "aws:SourceAccount): Immuta cannot")
	some denial in denials
	startswith(denial.remediation, "Give 222222222222 a statement of its own, with {\"StringEquals\"")
}

test_fail_no_role if {
	given := because("no_role", "the role does not exist", {"immuta": [], "trustees": [], "demanded_ids": []})
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "(the role does not exist): Immuta cannot assume the role")
	some denial in denials
	startswith(denial.remediation, "Create the role anew")
}
