package trailguard.export.endpoint_recognised_test

import data.trailguard.export.endpoint_recognised
import data.trailguard.fixture

endpoint(typename, type, form, bucket) := fixture.known("endpoint", {
	"type_name": typename,
	"type": type,
	"form": form,
	"bucket": bucket,
	"recognised": form == "bucket",
})

test_pass if {
	count(endpoint_recognised.deny) == 0 with input as endpoint("S3EndpointConfiguration", "s3", "bucket", "audit")
}

test_fail_access_point if {
	given := endpoint("S3EndpointConfiguration", "s3", "access_point_alias", "audit-s3alias")
	denials := endpoint_recognised.deny with input as given
	contains(fixture.message(denials), "an access point alias (\"audit-s3alias\")")
}

test_fail_new_form if {
	denials := endpoint_recognised.deny with input as endpoint("S3EndpointConfiguration", "s3", "new", "audit")
	contains(fixture.message(denials), "of an unknown form (\"audit\")")
}

test_fail_adls if {
	denials := endpoint_recognised.deny with input as endpoint("AdlsEndpointConfiguration", "adls", "", "")
	contains(fixture.message(denials), "Azure Data Lake Storage")
}

test_fail_unknown_type if {
	denials := endpoint_recognised.deny with input as endpoint("GcsEndpointConfiguration", "other", "", "")
	contains(fixture.message(denials), "of the unknown type \"GcsEndpointConfiguration\"")
}
