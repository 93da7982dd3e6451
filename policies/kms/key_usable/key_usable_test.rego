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

remedies(missing, denied) := {denial.remediation | some denial in denials} if {
	use := {"key": "", "writer": "w", "granted": false, "denied": denied, "missing": missing, "at": ""}
	denials := key_usable.deny with input as fixture.export({
		"key_state": {"state": "not_applicable"},
		"key_use": {"state": "known", "value": use},
	})
}

test_remedy_fits_the_cause if {
	remedies(["no identity policy allows kms:GenerateDataKey on k"], false) == {concat("", [
		"Allow kms:GenerateDataKey and kms:Decrypt on aws/s3 ",
		"in an identity policy of w.",
	])}
	remedies(["the key policy does not allow it"], false) == {concat("", [
		"Allow kms:GenerateDataKey and kms:Decrypt to w ",
		"in the key's policy.",
	])}
	some spared in remedies([], true)
	startswith(spared, "Let the Deny spare kms:GenerateDataKey and kms:Decrypt on aws/s3 by w; leave it as it is")
	some remedy in remedies(["the bucket encrypts with the AWS managed key, which other accounts cannot use"], false)
	startswith(remedy, "Set the bucket's default encryption to a customer managed key")
}

remedied(clause) := remedy if some remedy in remedies([clause], false)

test_remedy_of_every_clause if {
	remedied("the permissions boundary does not allow it") == concat("", [
		"Allow kms:GenerateDataKey and kms:Decrypt on aws/s3 ",
		"in the permissions boundary of w.",
	])
	startswith(remedied("the key is in a and the bucket in b"), "Set the bucket's default encryption to ")
	startswith(remedied("KMS answered that there is no such key"), "Set the bucket's default encryption to ")
	startswith(remedied("the bucket names its key as x"), "Name the key by its ARN")
	remedied("the role w does not exist") == "Create w anew, or correct it in Immuta."
	endswith(remedied("something else"), " on aws/s3 to w.")
}
