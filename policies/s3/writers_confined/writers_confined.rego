# METADATA
# title: A Deny confines writing and deleting to the writer and break-glass
# description: |
#   Every account has administrators, and they can let anybody write and delete. The bucket policy, or a control
#   policy of the organization that trailguard can read, denies s3:PutObject, s3:DeleteObject and
#   s3:DeleteObjectVersion under the export's path to everybody in the account but the writer, expect.breakGlass and
#   the root user, who can remove any bucket policy.
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
#     Deny s3:PutObject, s3:DeleteObject and s3:DeleteObjectVersion under the export's path in the bucket policy, on
#     the condition ArnNotEquals for aws:PrincipalArn, with the writer of every export to that path and the principals
#     of expect.breakGlass as its values.
package trailguard.s3.writers_confined

deny contains {"message": message, "key": who.key} if {
	confined := input.facts.writers_confined.value
	some who in confined.unconfined
	message := sprintf("no Deny keeps %s from %s on %s%s", [who.principal, who.actions, confined.target, spared(who)])
}

spared(who) := ", and nobody declared it in expect.breakGlass" if who.named

spared(who) := ", whom an administrator may let" if not who.named
