# METADATA
# title: The export signs in with a role
# description: |
#   The export assumes an IAM role, with credentials that expire within hours. A static access key
#   works until somebody revokes it, and whoever copies it can use it from anywhere.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: uses_role
#   severity: medium
#   requires: [authentication]
#   controls:
#     NIST 800-53r5: [IA-5]
#     ISO 27001:2022: [A.5.17]
#     SOC 2: [CC6.1]
#     HIPAA: [164.312(d)]
#   remediation: >
#     Create a role that trusts Immuta with this configuration id as ExternalId, and that may upload to the path
#     and use the key of the bucket; switch the configuration to it, test the connection in Immuta, then delete
#     the credentials that it used before.
package trailguard.export.uses_role

deny contains {"message": message} if {
	authentication := input.facts.authentication.value
	authentication.method != "role"
	message := sprintf("the export signs in with %s, which works for whoever copies it until it is revoked", [
		object.get(credentials, authentication.method, sprintf("%q", [authentication.method])),
	])
}

credentials := {
	"access_key": "a static access key",
	"sas_token": "a SAS token",
}
