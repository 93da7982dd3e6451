# METADATA
# title: The export is enabled
# description: |
#   A disabled configuration looks complete and writes nothing. Immuta keeps events for a limited
#   time only, so events that are not exported in the meantime may be lost for good.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: configuration_enabled
#   severity: high
#   requires: [enabled]
#   controls:
#     NIST 800-53r5: [AU-12]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#     PCI DSS 4.0: ["10.2.1"]
#     HIPAA: [164.312(b)]
#   remediation: |
#     Enable the export configuration in Immuta, or delete it if another has replaced it.
package trailguard.export.configuration_enabled

deny contains {"message": message} if {
	fact := input.facts.enabled.value
	not fact.enabled
	message := "the export is switched off: Immuta writes no audit events until it is enabled"
}
