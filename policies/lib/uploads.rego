# METADATA
# description: |
#   What mends an upload that S3 refuses although the policies grant it. Nobody
#   but the writer gains by it, and no Deny goes away. Nothing here reads the input.
package trailguard.lib.uploads

import data.trailguard.lib.grant

# remedy mends a cause of the fact silent_denial.
remedy(denial, refusal) := {
	"requester_pays": sprintf("Have the owner of bucket %q pay for requests: put-bucket-request-payment, %s.", [
		denial.bucket,
		"Payer=BucketOwner",
	]),
	"acl": sprintf("Correct expect.requests where Immuta sends another ACL; where it sends this one, %s.", [
		"ask its support to send none: the bucket's owner owns every object without it",
	]),
	"acl_demanded": sprintf("Let the statement take uploads of %s that have no ACL as well: %s.", [
		denial.writer,
		"under BucketOwnerEnforced an ACL gives nobody anything",
	]),
	"deny": grant.spare(denial.writer, "s3:PutObject", denial.target),
	"permission": sprintf("Allow %s on %s to %s.", [refusal.action, denial.target, denial.writer]),
}[refusal.cause]
