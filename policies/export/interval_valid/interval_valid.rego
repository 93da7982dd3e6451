# METADATA
# title: The export runs at a known interval that is short enough
# description: |
#   The interval is one that Immuta documents, and no longer than expect.maxInterval where that is
#   set. An unknown interval cannot be compared with the time of the last delivery.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: interval_valid
#   severity: medium
#   requires: [interval]
#   controls:
#     NIST 800-53r5: [AU-6, CM-6]
#     ISO 27001:2022: [A.8.15, A.8.9]
#     SOC 2: [CC7.1]
#     PCI DSS 4.0: ["10.4.1.1"]
#     HIPAA: [164.308(a)(1)(ii)(D)]
#   remediation: |
#     Set the interval of the configuration in Immuta to one that is documented and that expect.maxInterval allows.
package trailguard.export.interval_valid

deny contains {"message": message} if {
	interval := input.facts.interval.value
	not interval.recognised
	message := sprintf("interval %q is not one that Immuta documents: every 2, 4, 6, 12 or 24 hours", [interval.literal])
}

deny contains {"message": message} if {
	interval := input.facts.interval.value
	interval.recognised
	interval.max_hours > 0
	interval.hours > interval.max_hours
	message := sprintf("the export runs every %d hours (%s), but you allow %d at most (%s)", [
		interval.hours,
		interval.literal,
		interval.max_hours,
		interval.max_literal,
	])
}
