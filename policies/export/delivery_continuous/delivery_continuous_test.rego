package trailguard.export.delivery_continuous_test

import data.trailguard.export.delivery_continuous
import data.trailguard.fixture

continuity(changes) := fixture.known("continuity", object.union(
	{
		"bucket": "audit",
		"prefix": "immuta/",
		"continuous": false,
		"allowed_hours": 36,
		"since": "2026-01-01T00:00:00Z",
		"objects": 60,
		"bytes": 6000,
		"holes": 1,
		"hole_from": "2026-01-02T00:00:00Z",
		"hole_to": "2026-01-04T12:00:00Z",
		"hole_hours": 60,
		"lasts": false,
	},
	changes,
))

test_pass if {
	count(delivery_continuous.deny) == 0 with input as continuity({"continuous": true, "holes": 0})
}

test_fail_names_the_hole if {
	denials := delivery_continuous.deny with input as continuity({})
	message := fixture.message(denials)
	startswith(message, "nothing that lies under s3://audit/immuta/ arrived from 2026-01-02T00:00:00Z to 2026-01-04T")
	endswith(message, "T12:00:00Z, for 60 hours, though an object is due within 36")
}

test_fail_lasts if {
	denials := delivery_continuous.deny with input as continuity({"lasts": true})
	contains(fixture.message(denials), "from 2026-01-02T00:00:00Z to now, for 60 hours")
}

test_fail_counts_the_others if {
	denials := delivery_continuous.deny with input as continuity({"holes": 3})
	endswith(fixture.message(denials), "it is the first of 3 holes")
}
