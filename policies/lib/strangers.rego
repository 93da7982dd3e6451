package trailguard.lib.strangers

# evict mends an access of the fact foreign_writers. Who shares the statement or the list keeps what he has.
evict(access) := remedy if {
	remedy := door(access)
} else := concat(" ", [
	take_out(access),
	"Where it has to write elsewhere in the bucket, as another export's writer does, let it do so there alone.",
])

# hide mends an access of the fact foreign_readers.
hide(access) := concat(" ", [
	"Have S3 copy to a bucket of your own instead.",
	meant(access),
]) if {
	startswith(access.how, "in the copies")
} else := remedy if {
	remedy := door(access)
} else := concat(" ", [take_out(access), meant(access)])

meant(access) := sprintf("Only where %s is meant to read the trail, name it in expect.readers.", [access.principal])

take_out(access) := sprintf("Take %s out of the statement, and leave the rest as it is.", [access.principal])

door(access) := concat(" ", [
	sprintf("Take the grant to %s out of the bucket's access control list.", [access.principal]),
	"Where the writer uploads by it, first allow that to the writer alone in the bucket's policy.",
]) if {
	access.how == "by the ACL"
} else := concat(" ", [
	"Put those who need the statement in the place of everybody, the writer among them where it gets in by it,",
	"each for its own path.",
]) if {
	startswith(access.principal, "any")
} else := concat(" ", [
	sprintf("Give %s a statement of its own, bound by aws:SourceAccount to your account,", [access.principal]),
	"and take it out of this one; leave the rest as it is.",
]) if {
	access.kind == "service"
}

# close mends a door of the fact other_doors. Immuta may come in by the same statement.
close(door) := sprintf("Give %s a statement of its own with the condition that is missing, and take it out of %s.", [
	door.principal,
	"this one; leave the rest as it is",
]) if {
	door.expected
} else := concat(" ", [
	sprintf("Take %s out of the statement, and leave the rest as it is; remove one that names nobody else.", [
		door.principal,
	]),
	"Only where Immuta or you come by it, declare it in expect.immutaPrincipals or expect.breakGlass instead.",
])
