package trailguard.tenant.enabled_export_exists_test

import data.trailguard.fixture
import data.trailguard.tenant.enabled_export_exists

exports(total, enabled, working) := fixture.tenant("tenant_exports", {
	"total": total,
	"enabled": enabled,
	"working": working,
})

test_pass if {
	count(enabled_export_exists.deny) == 0 with input as exports(3, 2, 1)
}

test_fail_without_any if {
	denials := enabled_export_exists.deny with input as exports(0, 0, 0)
	contains(fixture.message(denials), "it has no export configuration")
}

test_fail_without_enabled if {
	denials := enabled_export_exists.deny with input as exports(2, 0, 0)
	contains(fixture.message(denials), "none of its 2 configurations is enabled")
}

test_fail_without_working if {
	denials := enabled_export_exists.deny with input as exports(3, 2, 0)
	contains(fixture.message(denials), "2 of its 3 configurations are enabled, and the connection test")
}
