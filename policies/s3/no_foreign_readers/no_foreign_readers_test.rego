package trailguard.s3.no_foreign_readers_test

import data.trailguard.fixture
import data.trailguard.s3.no_foreign_readers

siem := {
	"principal": "444444444444",
	"kind": "account",
	"action": "s3:GetObject and s3:ListBucket",
	"how": "by the bucket policy",
	"at": "bucket_policy|arn:aws:s3:::audit|#/Statement/1",
	"key": "k1",
}

copy := {
	"principal": "555555555555",
	"kind": "account",
	"action": "s3:GetObject",
	"how": "in the copies that S3 makes in arn:aws:s3:::elsewhere",
	"at": "replication|arn:aws:s3:::audit|#/ReplicationConfiguration/Rules/0/Destination",
	"key": "replication 555555555555 arn:aws:s3:::elsewhere",
}

readers(accesses) := fixture.known("foreign_readers", {"bucket": "audit", "accesses": accesses})

test_pass if {
	count(no_foreign_readers.deny) == 0 with input as readers([])
}

test_fail if {
	denials := no_foreign_readers.deny with input as readers([siem])
	startswith(fixture.message(denials), concat("", [
		"444444444444 may s3:GetObject and s3:ListBucket ",
		`in bucket "audit" by the bucket policy: `,
	]))
	some denial in denials
	denial.pointer == siem.at
}

test_fail_for_each_statement_and_copy if {
	denials := no_foreign_readers.deny with input as readers([siem, copy])
	{denial.key | some denial in denials} == {siem.key, copy.key}
}

test_unknown_denies_nothing if {
	count(no_foreign_readers.deny) == 0 with input as fixture.unknown("foreign_readers")
}

remedy(access) := denial.remediation if {
	denials := no_foreign_readers.deny with input as readers([access])
	some denial in denials
}

test_remedy_is_about_the_door if {
	remedy(siem) == concat(" ", [
		"Take 444444444444 out of the statement, and leave the rest as it is.",
		"Only where 444444444444 is meant to read the trail, name it in expect.readers.",
	])
	startswith(remedy(copy), "Have S3 copy to a bucket of your own instead. Only where 555555555555 is meant")
	startswith(remedy(object.union(siem, {"how": "by the ACL"})), "Take the grant to 444444444444 out of the bucket's")
	startswith(remedy(object.union(siem, {"principal": "anyone"})), "Put those who need the statement in the place")
}
