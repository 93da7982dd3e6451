package trailguard.kms.key_durable_test

import data.trailguard.fixture
import data.trailguard.kms.key_durable

lasting := {
	"key": "arn:aws:kms:us-east-1:111111111111:key/1",
	"state": "Enabled",
	"scheduled": false,
	"deletion": "",
	"empty": false,
	"expires": "",
	"days": 0,
	"expired": false,
}

life(changes) := fixture.known("key_life", object.union(lasting, changes))

material(days, expired) := life({"expires": "2026-12-31T00:00:00Z", "days": days, "expired": expired})

test_pass if {
	count(key_durable.deny) == 0 with input as life({})
}

test_pass_expires_in_two_weeks if {
	count(key_durable.deny) == 0 with input as material(14, false)
}

test_pass_disabled if { # which key_usable tells
	count(key_durable.deny) == 0 with input as life({"state": "Disabled"})
}

test_fail_scheduled if {
	doomed := {"state": "PendingDeletion", "scheduled": true, "deletion": "2026-12-01T00:00:00Z"}
	denials := key_durable.deny with input as life(doomed)
	contains(fixture.message(denials), "is scheduled for deletion, on 2026-12-01T00:00:00Z: what it encrypted")
}

test_fail_scheduled_once_replicas_are_gone if {
	denials := key_durable.deny with input as life({"state": "PendingReplicaDeletion", "scheduled": true})
	contains(fixture.message(denials), "is scheduled for deletion: what it encrypted")
}

test_fail_expires_soon if {
	denials := key_durable.deny with input as material(13, false)
	contains(fixture.message(denials), "expires on 2026-12-31T00:00:00Z, in 13 days: nothing can be read")
}

test_fail_expired if {
	denials := key_durable.deny with input as material(0, true)
	contains(fixture.message(denials), "expired on 2026-12-31T00:00:00Z: nothing can be read")
}

test_fail_without_material if {
	denials := key_durable.deny with input as life({"state": "PendingImport", "empty": true})
	contains(fixture.message(denials), "that is not there: nothing can be read")
	some denial in denials
	startswith(denial.remediation, "Import the same material again")
}

test_unknown if {
	count(key_durable.deny) == 0 with input as fixture.unknown("key_life")
}
