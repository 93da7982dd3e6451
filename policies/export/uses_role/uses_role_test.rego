package trailguard.export.uses_role_test

import data.trailguard.export.uses_role
import data.trailguard.fixture

method(name) := fixture.known("authentication", {"method": name})

test_pass if {
	count(uses_role.deny) == 0 with input as method("role")
}

test_fail_access_key if {
	denials := uses_role.deny with input as method("access_key")
	contains(fixture.message(denials), "a static access key")
}

test_fail_sas_token if {
	denials := uses_role.deny with input as method("sas_token")
	contains(fixture.message(denials), "a SAS token")
}

test_fail_new_method if {
	denials := uses_role.deny with input as method("password")
	contains(fixture.message(denials), "\"password\"")
}
