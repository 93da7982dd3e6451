package trailguard.kms.key_decrypt_granted_test

import data.trailguard.fixture
import data.trailguard.kms.key_decrypt_granted

decrypt(granted, missing) := fixture.known("key_decrypt", {
	"key": "arn:aws:kms:us-east-1:111111111111:key/1",
	"writer": "arn:aws:iam::111111111111:role/immuta-audit",
	"granted": granted,
	"denied": false,
	"missing": missing,
	"at": "key_policy|key|#/Statement/0",
})

test_pass if {
	count(key_decrypt_granted.deny) == 0 with input as decrypt(true, [])
}

test_fail if {
	denials := key_decrypt_granted.deny with input as decrypt(false, ["the key policy does not allow it"])
	endswith(fixture.message(denials), ": the key policy does not allow it")
	some denial in denials
	denial.remediation == concat("", [
		"Allow kms:Decrypt to arn:aws:iam::111111111111:role/immuta-audit ",
		"in the key's policy.",
	])
}

test_not_applicable if {
	denials := key_decrypt_granted.deny with input as fixture.export({"key_decrypt": {"state": "not_applicable"}})
	count(denials) == 0
}

test_unknown_denies_nothing if {
	count(key_decrypt_granted.deny) == 0 with input as fixture.unknown("key_decrypt")
}
