# METADATA
# title: Audit events arrived without a hole
# description: >
#   In every span of the interval plus expect.deliveryGrace, an object arrived that is still under the path, unless
#   expect.mayBeIdle is true. The rule looks back to the creation of the export, and at most expect.continuityDays
#   (35 unless set).
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: delivery_continuous
#   severity: high
#   requires: [continuity]
#   controls:
#     NIST 800-53r5: [AU-5, AU-11, AU-12]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2, PI1.4]
#     PCI DSS 4.0: ["10.5.1"]
#   remediation: >
#     Find out what stopped the deliveries: see the findings about the connection, role, bucket and key, and what was
#     changed at that time. Where objects arrived and were removed since, restore them; otherwise ask Immuta's support
#     to deliver the events while Immuta keeps them. An explained hole stays until it is older than
#     expect.continuityDays: waive it until then. Set expect.mayBeIdle only for a tenant that may be without activity.
package trailguard.export.delivery_continuous

deny contains {"message": message} if {
	arrived := input.facts.continuity.value
	not arrived.continuous
	text := "nothing that lies under s3://%s/%s arrived from %s to %s, for %d hours, though an object is due within %d%s"
	message := sprintf(text, [
		arrived.bucket,
		arrived.prefix,
		arrived.hole_from,
		ended(arrived),
		arrived.hole_hours,
		arrived.allowed_hours,
		more(arrived.holes),
	])
}

ended(arrived) := {true: "now", false: arrived.hole_to}[arrived.lasts]

more(holes) := concat("", [sprintf("; it is the first of %d holes", [holes]) | holes > 1])
