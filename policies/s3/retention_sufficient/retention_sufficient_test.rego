package trailguard.s3.retention_sufficient_test

import data.trailguard.fixture
import data.trailguard.s3.retention_sufficient

retention(expiries) := fixture.known("retention", {
	"bucket": "audit",
	"prefix": "immuta/",
	"expected_days": 365,
	"expiries": expiries,
})

expiry := {
	"rule": "short",
	"days": 30,
	"date": "",
	"at": "acme/s3/audit/lifecycle.json#/Rules/0/Expiration",
	"key": "short",
}

test_pass if {
	count(retention_sufficient.deny) == 0 with input as retention([])
}

test_fail_too_early if {
	denials := retention_sufficient.deny with input as retention([expiry])
	contains(fixture.message(denials), "expires objects under \"immuta/\" after 30 days")
}

test_fail_on_a_date if {
	dated := object.union(expiry, {"days": 0, "date": "2027-01-31T00:00:00Z"})
	denials := retention_sufficient.deny with input as retention([dated])
	contains(fixture.message(denials), "from 2027-01-31 on, whatever their age")
}

test_fail_each_rule if {
	another := object.union(expiry, {"rule": "b", "key": "b"})
	denials := retention_sufficient.deny with input as retention([expiry, another])
	count(denials) == 2
}

test_unknown if {
	count(retention_sufficient.deny) == 0 with input as fixture.unknown("retention")
}
