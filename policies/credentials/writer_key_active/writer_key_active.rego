# METADATA
# title: The user whose access key the export uses has an active one
# description: |
#   An export that uses an access key can upload only while its user has an active key. Immuta does not say
#   which of the user's keys it holds; without an active one nothing arrives.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
# custom:
#   id: writer_key_active
#   severity: critical
#   requires: [writer_key]
#   controls:
#     NIST 800-53r5: [AU-5, IA-5]
#     ISO 27001:2022: [A.5.17]
#     SOC 2: [CC6.1, CC7.2]
#   remediation: >
#     Create a new access key for the user and enter it in Immuta, or let the export assume a role. Activate an
#     old key only if you know why it was deactivated.
package trailguard.credentials.writer_key_active

import data.trailguard.lib

deny contains {"message": message, "pointer": keys.at} if {
	keys := input.facts.writer_key.value
	count(keys.active) == 0
	message := sprintf("user %s has no active access key%s: nothing can be uploaded in its name", [
		keys.user,
		lib.only_with(concat("", keys.inactive), sprintf(" (%s inactive)", [concat(", ", keys.inactive)])),
	])
}
