package trailguard.trust.external_id_equals_configuration_id_test

import data.trailguard.fixture
import data.trailguard.trust.external_id_equals_configuration_id

accepted(value, demanded, why) := fixture.known("external_id_accepted", {
	"role_arn": "arn:aws:iam::111111111111:role/immuta-audit",
	"configuration_id": fixture.id,
	"accepted": value,
	"demanded_ids": demanded,
	"why": why,
	"at": "trust_policy|role|#/Statement/0",
})

test_pass if {
	count(external_id_equals_configuration_id.deny) == 0 with input as accepted(true, [fixture.id, "other"], "")
}

test_fail_stale_id if {
	denials := external_id_equals_configuration_id.deny with input as accepted(false, ["ab12"], "its ExternalId differs")
	contains(fixture.message(denials), "demands ExternalId \"ab12\" but this configuration's id is \"259fc41c-")
	some denial in denials
	denial.pointer == "trust_policy|role|#/Statement/0"
}

test_fail_several_stale_ids if {
	denials := external_id_equals_configuration_id.deny with input as accepted(false, ["a", "b", "c"], "")
	contains(fixture.message(denials), "demands ExternalId \"a\", \"b\" or \"c\" but")
}

test_fail_for_another_reason if {
	denials := external_id_equals_configuration_id.deny with input as accepted(false, [fixture.id], "a Deny refuses it")
	contains(fixture.message(denials), "(a Deny refuses it): Immuta cannot assume the role")
}

test_fail_without_any_id if {
	given := accepted(false, [], "no statement allows sts:AssumeRole")
	denials := external_id_equals_configuration_id.deny with input as given
	contains(fixture.message(denials), "(no statement allows sts:AssumeRole)")
}
