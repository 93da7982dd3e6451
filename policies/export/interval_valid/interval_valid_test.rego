package trailguard.export.interval_valid_test

import data.trailguard.export.interval_valid
import data.trailguard.fixture

interval(literal, hours) := fixture.known("interval", {
	"literal": literal,
	"recognised": hours > 0,
	"hours": hours,
	"max_literal": "EVERY_12_HOURS",
	"max_hours": 12,
})

unlimited(literal, hours) := fixture.known("interval", {
	"literal": literal,
	"recognised": hours > 0,
	"hours": hours,
	"max_literal": "",
	"max_hours": 0,
})

test_pass_without_limit if {
	count(interval_valid.deny) == 0 with input as unlimited("EVERY_24_HOURS", 24)
}

test_pass_at_the_limit if {
	count(interval_valid.deny) == 0 with input as interval("EVERY_12_HOURS", 12)
}

test_fail_over_the_limit if {
	denials := interval_valid.deny with input as interval("EVERY_24_HOURS", 24)
	contains(fixture.message(denials), "every 24 hours (EVERY_24_HOURS), but you allow 12 at most (EVERY_12_HOURS)")
}

test_fail_unknown_literal if {
	denials := interval_valid.deny with input as interval("WEEKLY", 0)
	contains(fixture.message(denials), "\"WEEKLY\"")
}
