# METADATA
# title: The bucket keeps old versions
# description: |
#   Versioning is Enabled, so that an upload over an existing key, or a deletion, destroys nothing. Suspended
#   is not enough: an upload then replaces what was there.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
# custom:
#   id: versioned
#   severity: high
#   requires: [versioning]
#   controls:
#     NIST 800-53r5: [AU-9]
#     ISO 27001:2022: [A.5.33]
#     SOC 2: [PI1.5]
#     PCI DSS 4.0: ["10.3.2"]
#     HIPAA: [164.312(c)(1)]
#   remediation: |
#     Enable versioning on the bucket. Stored objects do not change; old versions cost storage until a
#     lifecycle rule expires them.
package trailguard.s3.versioned

deny contains {"message": message} if {
	versioning := input.facts.versioning.value
	not versioning.enabled
	message := sprintf("bucket %q %s: whoever may upload can replace what was delivered, and nothing brings it back", [
		versioning.bucket,
		state(versioning.status),
	])
}

state("") := "has never had versioning"

state(status) := sprintf("has its versioning %s", [lower(status)]) if status != ""
