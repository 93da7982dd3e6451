package trailguard.export.destination_unique_test

import data.trailguard.export.destination_unique
import data.trailguard.fixture

destination(others, more) := fixture.known("destination", {
	"place": "s3://audit/immuta/",
	"others": others,
	"more": more,
})

other(tenant) := {"tenant": tenant, "id": "77777777-1a2b-4c3d-8e4f-5a6b7c8d9e0f", "place": "s3://audit/"}

test_pass if {
	count(destination_unique.deny) == 0 with input as destination([], 0)
}

test_fail if {
	denials := destination_unique.deny with input as destination([other("beacon")], 0)
	message := fixture.message(denials)
	endswith(message, "alone: export 77777777-1a2b-4c3d-8e4f-5a6b7c8d9e0f of tenant beacon to s3://audit/")
}

test_fail_once_for_many if {
	denials := destination_unique.deny with input as destination([other("acme"), other("beacon")], 12)
	endswith(fixture.message(denials), "; and 12 more")
}

test_unknown if {
	count(destination_unique.deny) == 0 with input as fixture.unknown("destination")
}
