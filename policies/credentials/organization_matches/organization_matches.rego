# METADATA
# title: The writer's account is in the organization that is declared
# description: |
#   AWS Organizations says that the account of the role or user that uploads is in expect.organization. An account
#   in another one is bound by none of the control policies that are meant to bind it. It applies where
#   expect.organization is declared and aws.organization has Organizations read; what policies say of organizations
#   then goes by what Organizations says, and not by what is declared.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_leave-organization.html
# custom:
#   id: organization_matches
#   severity: high
#   requires: [organization]
#   controls:
#     NIST 800-53r5: [AC-20, CM-6]
#     ISO 27001:2022: [A.5.19, A.8.9]
#     SOC 2: [CC6.6]
#   remediation: |
#     Find out which is wrong. Where it is the declaration, write the organization's id under expect.organization.
#     Where the account left its organization, find out who took it out, and invite it again.
package trailguard.credentials.organization_matches

deny contains {"message": message} if {
	organization := input.facts.organization.value
	not organization.matches
	message := sprintf("expect.organization is %s, and Organizations says that account %s %s", [
		organization.declared,
		organization.account,
		belongs(organization),
	])
}

belongs(organization) := "is not in it" if organization.actual == ""

belongs(organization) := sprintf("is in %s", [organization.actual]) if organization.actual != ""
