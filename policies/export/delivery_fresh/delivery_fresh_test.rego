package trailguard.export.delivery_fresh_test

import data.trailguard.export.delivery_fresh
import data.trailguard.fixture

delivery(changes) := fixture.known("delivery", object.union(
	{
		"bucket": "audit",
		"prefix": "immuta/",
		"fresh": false,
		"allowed_hours": 36,
		"newest_key": "",
		"newest_time": "",
		"age_hours": 0,
		"left_out": 0,
		"left_out_of": [],
		"lost_since": "",
		"retention_days": 90,
	},
	changes,
))

old := {"newest_key": "immuta/1.json", "newest_time": "2026-01-02T03:04:05Z", "age_hours": 75}

test_pass if {
	count(delivery_fresh.deny) == 0 with input as delivery({"fresh": true})
}

test_fail_nothing_there if {
	denials := delivery_fresh.deny with input as delivery({})
	fixture.message(denials) == "there is no object under s3://audit/immuta/, but one was due within 36 hours"
}

test_fail_nothing_but_others if {
	denials := delivery_fresh.deny with input as delivery({"left_out": 20, "left_out_of": ["AWS log delivery"]})
	startswith(fixture.message(denials), "there is no object under s3://audit/immuta/ but those of AWS log delivery, but")
}

test_fail_names_the_newest if {
	denials := delivery_fresh.deny with input as delivery(old)
	contains(fixture.message(denials), "\"immuta/1.json\" of 2026-01-02T03:04:05Z, 75 hours ago, but one")
}

test_fail_names_what_is_lost if {
	denials := delivery_fresh.deny with input as delivery(object.union(old, {"lost_since": "2026-01-03"}))
	contains(fixture.message(denials), "events from 2026-01-03 on are lost")
}
