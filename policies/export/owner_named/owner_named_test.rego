package trailguard.export.owner_named_test

import data.trailguard.export.owner_named
import data.trailguard.fixture

test_pass if {
	count(owner_named.deny) == 0 with input as fixture.known("owner", {"name": "finance"})
}

test_fail if {
	denials := owner_named.deny with input as fixture.known("owner", {"name": ""})
	contains(fixture.message(denials), "nobody is named")
}

test_unknown if {
	count(owner_named.deny) == 0 with input as fixture.unknown("owner")
}
