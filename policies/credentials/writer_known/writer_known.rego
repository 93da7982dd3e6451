# METADATA
# title: It is known who writes
# description: |
#   The role or user that uploads is known and exists. Immuta never says whose access key it uses.
#   Until the user is declared, whether it may write is unknown, and never guessed.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: writer_known
#   severity: high
#   requires: [writer]
#   controls:
#     NIST 800-53r5: [IA-4]
#     ISO 27001:2022: [A.5.16]
#     SOC 2: [CC6.1]
#   remediation: >
#     Set exports.<configuration id>.userArn (or roleArn) in trailguard's configuration; create the principal
#     anew when it is gone.
package trailguard.credentials.writer_known

deny contains {"message": message} if {
	writer := input.facts.writer.value
	not writer.known
	message := sprintf("nobody says which IAM %s uploads for this export: whether it may write cannot be told", [
		writer.kind,
	])
}

deny contains {"message": message} if {
	writer := input.facts.writer.value
	writer.known
	not writer.exists
	message := sprintf("%s %s does not exist: nothing can be uploaded in its name", [writer.kind, writer.arn])
}
