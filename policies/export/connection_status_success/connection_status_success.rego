# METADATA
# title: Immuta's last connection test succeeded
# description: |
#   Immuta itself tests the connection to the destination and keeps the result. Anything other than
#   exactly SUCCESS, unrecognised text included, means that Immuta could not write when it last tried.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: connection_status_success
#   severity: critical
#   requires: [connection]
#   controls:
#     NIST 800-53r5: [AU-5, AU-5(2), SI-4(5)]
#     ISO 27001:2022: [A.8.16]
#     SOC 2: [CC7.2, CC7.3]
#     PCI DSS 4.0: ["10.7.2"]
#     HIPAA: [164.312(b)]
#   remediation: |
#     Fix what the status text names, then test the connection again in Immuta.
package trailguard.export.connection_status_success

deny contains {"message": message} if {
	connection := input.facts.connection.value
	not connection.succeeded
	message := sprintf(
		"Immuta's last connection test says %q instead of \"SUCCESS\": audit events may not reach the bucket",
		[connection.status],
	)
}
