package trailguard.s3.not_public_test

import data.trailguard.fixture
import data.trailguard.s3.not_public

public(ways) := fixture.known("public_access", {"bucket": "audit", "ways": ways})

way(via) := {"via": via, "what": "everybody may read", "at": sprintf("%s|bucket|#/x", [via]), "key": via}

test_pass if {
	count(not_public.deny) == 0 with input as public([])
}

test_fail_for_each_way if {
	denials := not_public.deny with input as public([way("policy"), way("acl")])
	{denial.message | some denial in denials} == {
		"bucket \"audit\" is public by its policy: everybody may read",
		"bucket \"audit\" is public by its access control list: everybody may read",
	}
	{denial.key | some denial in denials} == {"acl", "policy"}
	{denial.pointer | some denial in denials} == {"acl|bucket|#/x", "policy|bucket|#/x"}
}
