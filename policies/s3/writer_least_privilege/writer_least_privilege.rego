# METADATA
# title: The writer may upload, and neither delete, read, change the bucket nor write elsewhere
# description: |
#   Whoever gets the writer's credentials can do what it may do. Uploads need s3:PutObject under the path.
#   Aborting one, setting its ACL and tags, listing the bucket and using the key are normal, too. The other
#   actions in docs/writing.md are too much, and so is writing to buckets that no export writes to.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
# custom:
#   id: writer_least_privilege
#   severity: high
#   requires: [writer_excess]
#   controls:
#     NIST 800-53r5: [AC-6, AU-9(4)]
#     ISO 27001:2022: [A.8.2, A.8.3]
#     SOC 2: [CC6.3]
#     PCI DSS 4.0: ["10.3.1", "10.3.2"]
#     HIPAA: [164.308(a)(4)(ii)(B)]
#   remediation: |
#     Give the writer a statement of its own that allows s3:PutObject under the path, then remove the writer from the
#     statement that is shown, or the actions that it does not need.
package trailguard.s3.writer_least_privilege

deny contains {"message": message, "key": excess.kind, "pointer": excess.at} if {
	writer := input.facts.writer_excess.value
	some excess in writer.excess
	message := sprintf("%s may %s on %s: %s", [writer.writer, excess.actions, excess.resource, harm[excess.kind]])
}

harm := {
	"objects": "whoever has its credentials can destroy or alter the trail",
	"reading": "whoever has its credentials can read who queried which data",
	"bucket": "whoever has its credentials can take away what protects the trail",
	"elsewhere": "an upload needs no other bucket",
}
