package trailguard.credentials.organization_matches_test

import data.trailguard.credentials.organization_matches
import data.trailguard.fixture

organization(actual) := fixture.known("organization", {
	"account": "111111111111",
	"declared": "o-acme7x2k9q",
	"actual": actual,
	"matches": actual == "o-acme7x2k9q",
})

test_pass if {
	count(organization_matches.deny) == 0 with input as organization("o-acme7x2k9q")
}

test_fail_another if {
	denials := organization_matches.deny with input as organization("o-other7x2k9")
	endswith(fixture.message(denials), "account 111111111111 is in o-other7x2k9")
}

test_fail_none if {
	denials := organization_matches.deny with input as organization("")
	endswith(fixture.message(denials), "account 111111111111 is not in it")
}

test_unknown if {
	count(organization_matches.deny) == 0 with input as fixture.unknown("organization")
}
