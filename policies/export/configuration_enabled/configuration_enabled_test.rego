package trailguard.export.configuration_enabled_test

import data.trailguard.export.configuration_enabled
import data.trailguard.fixture

test_pass if {
	count(configuration_enabled.deny) == 0 with input as fixture.known("enabled", {"enabled": true})
}

test_fail_switched_off if {
	denials := configuration_enabled.deny with input as fixture.known("enabled", {"enabled": false})
	contains(fixture.message(denials), "switched off")
}
