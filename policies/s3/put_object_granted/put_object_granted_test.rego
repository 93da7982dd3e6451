package trailguard.s3.put_object_granted_test

import data.trailguard.fixture
import data.trailguard.s3.put_object_granted

put_object(changes) := fixture.known("put_object", object.union(
	{
		"writer": "arn:aws:iam::111111111111:role/immuta-audit",
		"target": "arn:aws:s3:::audit/immuta/*",
		"granted": true,
		"denied": false,
		"missing": [],
		"at": "bucket_policy|bucket|#/Statement/0",
	},
	changes,
))

test_pass if {
	count(put_object_granted.deny) == 0 with input as put_object({})
}

test_fail_without_grant if {
	denials := put_object_granted.deny with input as put_object({"granted": false})
	contains(fixture.message(denials), "every key of arn:aws:s3:::audit/immuta/*: no policy grants it")
	some denial in denials
	denial.pointer == "bucket_policy|bucket|#/Statement/0"
}

test_fail_says_what_is_missing if {
	given := put_object({"granted": false, "missing": ["it covers the bucket only", "b"]})
	denials := put_object_granted.deny with input as given
	endswith(fixture.message(denials), ": it covers the bucket only; b")
}

test_fail_by_deny if {
	denials := put_object_granted.deny with input as put_object({"granted": false, "denied": true, "missing": ["x"]})
	endswith(fixture.message(denials), ": an explicit Deny refuses it; x")
}

remedy(changes) := denial.remediation if {
	denials := put_object_granted.deny with input as put_object(object.union({"granted": false}, changes))
	some denial in denials
}

test_remedy_fits_the_cause if {
	contains(remedy({"missing": ["the bucket policy does not allow it"]}), " in the bucket's policy.")
	contains(remedy({"missing": ["RestrictPublicBuckets takes away access"]}), "leave RestrictPublicBuckets on")
	contains(remedy({}), "Allow s3:PutObject on arn:aws:s3:::audit/immuta/* to ")
	startswith(remedy({"denied": true}), "Let the Deny spare s3:PutObject on arn:aws:s3:::audit/immuta/* by arn:aws:iam::")
}
