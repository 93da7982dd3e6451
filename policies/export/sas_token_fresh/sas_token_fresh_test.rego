package trailguard.export.sas_token_fresh_test

import data.trailguard.export.sas_token_fresh
import data.trailguard.fixture

token(days, expired) := fixture.known("sas_token", {"expires": "2026-12-31", "days": days, "expired": expired})

test_pass if {
	count(sas_token_fresh.deny) == 0 with input as token(15, false)
}

test_fail_soon if {
	denials := sas_token_fresh.deny with input as token(14, false)
	startswith(fixture.message(denials), "the SAS token expires on 2026-12-31, in 14 days")
}

test_fail_expired if {
	denials := sas_token_fresh.deny with input as token(0, true)
	startswith(fixture.message(denials), "the SAS token expired on 2026-12-31")
}

test_unknown if {
	count(sas_token_fresh.deny) == 0 with input as fixture.unknown("sas_token")
}
