package trailguard.s3.bucket_exists_test

import data.trailguard.fixture
import data.trailguard.s3.bucket_exists

test_pass if {
	count(bucket_exists.deny) == 0 with input as fixture.known("bucket", {"name": "audit", "exists": true})
}

test_fail_missing if {
	denials := bucket_exists.deny with input as fixture.known("bucket", {"name": "audit", "exists": false})
	startswith(fixture.message(denials), "bucket \"audit\" does not exist")
}
