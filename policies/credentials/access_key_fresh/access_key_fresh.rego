# METADATA
# title: The access keys of the export's user are young
# description: |
#   Every active access key of the user whose key the export uses is younger than expect.accessKeyMaxAgeDays (90 days
#   unless set). Two active keys are normal during a rotation, for a week at most.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
# custom:
#   id: access_key_fresh
#   severity: medium
#   requires: [key_age]
#   controls:
#     NIST 800-53r5: [IA-5]
#     ISO 27001:2022: [A.5.17]
#     SOC 2: [CC6.1]
#     HIPAA: [164.312(d)]
#   remediation: |
#     Create a new key unless there is one already, and enter it in Immuta. Once an object has arrived with it,
#     deactivate the old key, and delete it some days later. Better still, let the export assume a role.
package trailguard.credentials.access_key_fresh

deny contains {"message": message, "key": key.key, "pointer": key.at} if {
	keys := input.facts.key_age.value
	some key in keys.active
	key.stale
	values := [key.id, keys.user, key.created, key.days, keys.max_days]
	message := sprintf("access key %s of %s was created %s, %d days ago, and %d days are the limit", values)
}

deny contains {"message": message, "key": "two keys", "pointer": keys.at, "remediation": remedy} if {
	keys := input.facts.key_age.value
	keys.both_since != ""
	ids := concat(" and ", [key.id | some key in keys.active])
	message := sprintf("user %s has two active access keys (%s) since %s: a rotation takes a week at most", [
		keys.user,
		ids,
		keys.both_since,
	])
	remedy := "Enter the younger key in Immuta; once an object has arrived by it, deactivate the older one."
}
