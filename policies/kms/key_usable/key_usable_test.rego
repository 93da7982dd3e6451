package trailguard.kms.key_usable_test

import data.trailguard.fixture
import data.trailguard.kms.key_usable

key := "arn:aws:kms:us-east-1:111111111111:key/1"

facts(state, granted) := fixture.export({
	"key_state": {
		"state": "known",
		"value": {"key": key, "state": state, "enabled": state == "Enabled", "unfit": ""},
	},
	"key_use": {
		"state": "known",
		"value": {
			"key": key,
			"writer": "arn:aws:iam::111111111111:role/immuta-audit",
			"granted": granted,
			"denied": false,
			"missing": ["the key policy does not name it"],
			"at": "key_policy|key|#/Statement/0",
		},
	},
})

unreadable := fixture.export({
	"key_state": {
		"state": "known",
		"value": {"key": key, "state": "Disabled", "enabled": false, "unfit": ""},
	},
	"key_use": {"state": "unknown"},
})

test_pass if {
	count(key_usable.deny) == 0 with input as facts("Enabled", true)
}

test_fail_disabled_key if {
	denials := key_usable.deny with input as facts("PendingDeletion", true)
	contains(fixture.message(denials), "is in state PendingDeletion")
}

test_fail_without_grant if {
	denials := key_usable.deny with input as facts("Enabled", false)
	endswith(fixture.message(denials), ": the key policy does not name it")
	some denial in denials
	denial.pointer == "key_policy|key|#/Statement/0"
}

test_fail_for_both_reasons if {
	count(key_usable.deny) == 2 with input as facts("Disabled", false)
}

test_fail_with_unreadable_key_policy if {
	denials := key_usable.deny with input as unreadable
	contains(fixture.message(denials), "is in state Disabled")
}

test_fail_key_that_signs if {
	signs := {"key": key, "state": "Enabled", "enabled": true, "unfit": "KeyUsage \"SIGN_VERIFY\""}
	denials := key_usable.deny with input as fixture.known("key_state", signs)
	contains(fixture.message(denials), "S3 encrypts with symmetric keys only")
}
