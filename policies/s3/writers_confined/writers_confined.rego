# METADATA
# title: A Deny confines writing and deleting to the writer and break-glass
# description: |
#   Every account has administrators, and whoever an administrator lets may write and delete. The bucket policy, or a
#   control policy of the organization that is read, denies s3:PutObject, s3:DeleteObject and s3:DeleteObjectVersion
#   under the export's path to everybody of the account but the writer, expect.breakGlass and the root user, who can
#   take away any bucket policy.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
# custom:
#   id: writers_confined
#   severity: medium
#   requires: [writers_confined]
#   controls:
#     NIST 800-53r5: [AU-9(4), AC-6]
#     ISO 27001:2022: [A.8.2]
#     SOC 2: [CC6.3]
#     PCI DSS 4.0: ["10.3.2"]
#   remediation: |
#     Deny s3:PutObject, s3:DeleteObject and s3:DeleteObjectVersion under the export's path in the bucket policy, with
#     ArnNotEquals on aws:PrincipalArn as its condition: the writer of every export to that path, and those of
#     expect.breakGlass.
package trailguard.s3.writers_confined

deny contains {"message": message, "key": who.key} if {
	confined := input.facts.writers_confined.value
	some who in confined.unconfined
	message := sprintf("no Deny keeps %s from %s on %s%s", [who.principal, who.actions, confined.target, spared(who)])
}

spared(who) := ", and nobody declared it in expect.breakGlass" if who.named

spared(who) := ", whom an administrator may let" if not who.named
