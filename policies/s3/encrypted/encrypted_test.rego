package trailguard.s3.encrypted_test

import data.trailguard.fixture
import data.trailguard.s3.encrypted

encryption(changes) := fixture.known("encryption", object.union(
	{
		"bucket": "audit",
		"configured": true,
		"algorithm": "AES256",
		"key": "",
		"customer_key": false,
		"expected": "",
		"refuses_customer_keys": false,
	},
	changes,
))

test_pass if {
	count(encrypted.deny) == 0 with input as encryption({})
}

test_pass_customer_key if {
	count(encrypted.deny) == 0 with input as encryption({
		"algorithm": "aws:kms",
		"key": "arn:aws:kms:us-east-1:111111111111:key/1",
		"customer_key": true,
		"expected": "aws:kms",
	})
}

test_pass_better_than_expected if {
	count(encrypted.deny) == 0 with input as encryption({"algorithm": "aws:kms", "expected": "AES256"})
}

test_fail_without_encryption if {
	denials := encrypted.deny with input as encryption({"configured": false, "algorithm": "", "expected": "aws:kms"})
	endswith(fixture.message(denials), "has no default encryption")
}

test_fail_without_customer_key if {
	denials := encrypted.deny with input as encryption({"expected": "aws:kms"})
	contains(fixture.message(denials), "S3's own keys (AES256), but you expect a customer managed key")
}

test_fail_with_managed_key if {
	denials := encrypted.deny with input as encryption({"algorithm": "aws:kms", "expected": "aws:kms"})
	contains(fixture.message(denials), "the key that AWS manages (aws:kms)")
}
