package trailguard.s3.no_foreign_writers_test

import data.trailguard.fixture
import data.trailguard.s3.no_foreign_writers

foreign(accesses) := fixture.known("foreign_writers", {"bucket": "audit", "accesses": accesses})

access(principal, how, key) := {
	"principal": principal,
	"kind": "account",
	"action": "s3:DeleteObject",
	"how": how,
	"at": sprintf("bucket_policy|bucket|#/Statement/%s", [key]),
	"key": key,
}

test_pass if {
	count(no_foreign_writers.deny) == 0 with input as foreign([])
}

test_fail_for_each_access if {
	denials := no_foreign_writers.deny with input as foreign([
		access("anyone", "without a condition", "0"),
		access("333333333333", "by the bucket policy", "1"),
	])
	count(denials) == 2
	some denial in denials
	denial.key == "0"
	denial.pointer == "bucket_policy|bucket|#/Statement/0"
	startswith(denial.message, "anyone may s3:DeleteObject in bucket \"audit\" without a condition")
}

remedy(changes) := denial.remediation if {
	stranger := object.union(access("333333333333", "by the bucket policy", "1"), changes)
	denials := no_foreign_writers.deny with input as foreign([stranger])
	some denial in denials
}

test_remedy_is_about_the_door if {
	startswith(remedy({}), "Take 333333333333 out of the statement, and leave the rest as it is.")
	startswith(remedy({"principal": "anyone", "kind": "any_account"}), "Put those who need the statement in the place")
	service := remedy({"principal": "logging.s3.amazonaws.com", "kind": "service"})
	startswith(service, "Give logging.s3.amazonaws.com a statement of its own, bound by aws:SourceAccount")
	every changes in [{}, {"principal": "anyone", "kind": "anonymous"}] {
		listed := remedy(object.union(changes, {"how": "by the ACL"}))
		startswith(listed, "Take the grant to ")
		contains(listed, "out of the bucket's access control list.")
	}
}
