# METADATA
# description: |
#   What mends access that the writer lacks: each thing that is missing where it
#   is missing. Nothing here reads the input.
package trailguard.lib.grant

import data.trailguard.lib

# remedy mends a refusal of actions on a resource, by the clauses of a fact. Nobody
# but the writer gains by it, and no Deny goes away.
remedy(access, actions, resource) := concat(" ", array.concat(
	[spare(access.writer, actions, resource) | access.denied],
	steps(access, actions, resource),
))

# spare lets a Deny pass what an export needs, and no more.
spare(writer, actions, resource) := sprintf("Let the Deny spare %s on %s by %s; %s", [
	actions,
	resource,
	writer,
	"leave it as it is for everything else and all others, in two statements where one cannot say both.",
])

steps(access, actions, resource) := [step |
	some clause in access.missing
	step := mends(clause, access.writer, actions, resource)
]

mends(clause, writer, actions, resource) := sprintf("Allow %s on %s in an identity policy of %s.", [
	actions,
	resource,
	writer,
]) if {
	startswith(clause, "no identity policy")
} else := sprintf("Allow %s on %s in the permissions boundary of %s.", [actions, resource, writer]) if {
	startswith(clause, "the permissions boundary")
} else := sprintf("Have the organization allow %s on %s to %s by a policy of that level.", [
	actions,
	resource,
	writer,
]) if {
	startswith(clause, "the service control policies of ")
} else := sprintf("Allow %s to %s in the key's policy.", [actions, writer]) if {
	startswith(clause, "the key policy")
} else := sprintf("Allow %s on %s to %s in the bucket's policy.", [actions, resource, writer]) if {
	startswith(clause, "the bucket policy")
} else := "Take out of the bucket policy what makes it public; leave RestrictPublicBuckets on." if {
	startswith(clause, "RestrictPublicBuckets")
} else := another_key(writer) if {
	another_key_mends(clause)
} else := "Name the key by its ARN in the bucket's default encryption." if {
	startswith(clause, "the bucket names its key")
} else := sprintf("Create %s anew, or correct it in Immuta.", [writer]) if {
	endswith(clause, " does not exist")
} else := sprintf("Allow %s on %s to %s.", [actions, resource, writer])

another_key_mends(clause) if contains(clause, "AWS managed key")

another_key_mends(clause) if contains(clause, "there is no such key")

another_key_mends(clause) if startswith(clause, "the key is in ")

another_key(writer) := sprintf("Set the bucket's default encryption to %s %s %s.", [
	"a customer managed key of the bucket's region, by its ARN, that its policy and an identity policy let",
	writer,
	"use (kms:GenerateDataKey, kms:Decrypt), or to S3's own keys (AES256) where that is allowed to you",
])

# revive brings back a key that is not enabled.
revive(key) := object.get(
	{
		"Disabled": "Enable the key in KMS.",
		"PendingDeletion": "Cancel the key's deletion in KMS, then enable the key.",
		"PendingImport": "Import the key's material again.",
		"Unavailable": "Connect the key's key store again.",
	},
	key.state,
	"Bring the key back into the state Enabled in KMS, or encrypt with one that is and that the writer may use.",
)

# key names the key of a bucket, which names none where AWS manages it.
key(use) := lib.or_else(use.key, "aws/s3")

# encryption is the remedy where a key may not be used.
encryption(use) := remedy(use, "kms:GenerateDataKey and kms:Decrypt", key(use))
