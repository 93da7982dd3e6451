# METADATA
# title: No policy names a principal that was deleted
# description: |
#   The Principal elements of the role's trust policy, the bucket policy and the key policy name no user or role that
#   was deleted, which AWS shows by its unique id (AIDA…, AROA…). A principal that is re-created under the same name
#   is another one.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
# custom:
#   id: principals_exist
#   severity: high
#   requires: [deleted_principals]
#   controls:
#     NIST 800-53r5: [AC-2]
#     ISO 27001:2022: [A.5.18]
#     SOC 2: [CC6.2]
#   remediation: |
#     Replace the id with the ARN of its successor if the statement is still needed; otherwise remove the id.
package trailguard.trust.principals_exist

deny contains denial if {
	some gone in input.facts.deleted_principals.value.principals
	denial := {
		"message": sprintf("the %s of %s names %s, as AWS shows a user or role that was deleted: the entry %s", [
			gone.policy,
			gone.resource,
			gone.id,
			gone.does,
		]),
		"key": gone.key,
		"pointer": gone.at,
		"resource": gone.resource,
		"remediation": sprintf("Put the ARN of its successor in the place of %s, %s; else take the id out.", [
			gone.id,
			"where the statement is still needed",
		]),
	}
}
