package trailguard.s3.tls_required_test

import data.trailguard.fixture
import data.trailguard.s3.tls_required

tls(required, missing) := fixture.known("tls", {
	"bucket": "audit",
	"required": required,
	"missing": missing,
	"at": "bucket_policy|bucket|#/Statement/1",
})

test_pass if {
	count(tls_required.deny) == 0 with input as tls(true, [])
}

test_fail_without_deny if {
	denials := tls_required.deny with input as tls(false, [])
	endswith(fixture.message(denials), "accepts plain HTTP: no statement denies it")
}

test_fail_says_what_is_missing if {
	denials := tls_required.deny with input as tls(false, ["the Deny spares the objects"])
	endswith(fixture.message(denials), "accepts plain HTTP: the Deny spares the objects")
	some denial in denials
	denial.pointer == "bucket_policy|bucket|#/Statement/1"
}
