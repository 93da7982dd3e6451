# METADATA
# title: The tenant has an enabled export that works
# description: |
#   At least one export configuration is enabled and its last connection test did not fail. Without
#   one the tenant's audit trail never leaves Immuta, however healthy the bucket is.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: enabled_export_exists
#   severity: critical
#   requires: [tenant_exports]
#   controls:
#     NIST 800-53r5: [AU-12]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#     PCI DSS 4.0: ["10.2.1"]
#   remediation: |
#     Enable one of the tenant's export configurations, or create one, and fix its connection.
package trailguard.tenant.enabled_export_exists

deny contains {"message": message} if {
	exports := input.facts.tenant_exports.value
	exports.working == 0
	message := sprintf("no export of tenant %q works: %s, so its audit trail is not exported", [
		input.tenant.name,
		why(exports),
	])
}

why(exports) := "it has no export configuration" if exports.total == 0

why(exports) := sprintf("none of its %d configurations is enabled", [exports.total]) if {
	exports.total > 0
	exports.enabled == 0
}

why(exports) := sprintf("%d of its %d configurations are enabled, and the connection test of each fails", [
	exports.enabled,
	exports.total,
]) if {
	exports.enabled > 0
}
