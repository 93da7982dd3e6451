package trailguard.s3.writer_least_privilege_test

import data.trailguard.fixture
import data.trailguard.s3.writer_least_privilege

excess(kind, actions, resource) := {
	"kind": kind,
	"actions": actions,
	"resource": resource,
	"at": "identity_policy|role|inline/put#/Statement/0",
}

writer(list) := fixture.known("writer_excess", {
	"writer": "arn:aws:iam::111111111111:role/immuta-audit",
	"bucket": "audit",
	"excess": list,
})

test_pass if {
	count(writer_least_privilege.deny) == 0 with input as writer([])
}

test_fail if {
	deletes := excess("objects", "s3:DeleteObject and s3:DeleteObjectVersion", "arn:aws:s3:::audit/p/*")
	denials := writer_least_privilege.deny with input as writer([deletes])
	fixture.message(denials) == concat("", [
		"arn:aws:iam::111111111111:role/immuta-audit may s3:DeleteObject and s3:DeleteObjectVersion ",
		"on arn:aws:s3:::audit/p/*: whoever has its credentials can destroy or alter the trail",
	])
	some denial in denials
	denial.pointer == deletes.at
}

test_fail_for_each_kind if {
	denials := writer_least_privilege.deny with input as writer([
		excess("objects", "s3:DeleteObject", "arn:aws:s3:::audit/p/*"),
		excess("reading", "s3:GetObject", "arn:aws:s3:::audit/p/*"),
		excess("bucket", "s3:PutBucketPolicy", "arn:aws:s3:::audit"),
		excess("elsewhere", "s3:PutObject", "*"),
	])
	{denial.key | some denial in denials} == {"objects", "reading", "bucket", "elsewhere"}
}

test_unknown_denies_nothing if {
	count(writer_least_privilege.deny) == 0 with input as fixture.unknown("writer_excess")
}
