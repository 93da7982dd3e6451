package trailguard.export.connection_status_success_test

import data.trailguard.export.connection_status_success
import data.trailguard.fixture

connection(status) := fixture.known("connection", {
	"status": status,
	"succeeded": status == "SUCCESS",
	"role_arn": "",
	"principal": "",
})

test_pass if {
	count(connection_status_success.deny) == 0 with input as connection("SUCCESS")
}

test_fail_quotes_the_status if {
	denials := connection_status_success.deny with input as connection("Access Denied")
	contains(fixture.message(denials), "\"Access Denied\"")
}

test_fail_without_status if {
	denials := connection_status_success.deny with input as connection("")
	contains(fixture.message(denials), "\"\"")
}
