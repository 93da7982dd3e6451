# METADATA
# title: Audit events keep arriving
# description: An object younger than the interval plus expect.deliveryGrace is there that only the export can have put.
# scope: package
# related_resources:
# - https://documentation.immuta.com/saas/govern/detect-your-data/audit/how-to-guides/enable-uam
# custom:
#   id: delivery_fresh
#   severity: critical
#   requires: [delivery]
#   controls:
#     NIST 800-53r5: [AU-5, AU-12, CA-7]
#     ISO 27001:2022: [A.8.15, A.8.16]
#     SOC 2: [CC7.2, PI1.4]
#     PCI DSS 4.0: ["10.3.3", "10.7.2"]
#     HIPAA: [164.308(a)(1)(ii)(D)]
#   remediation: >
#     Fix the findings about the connection, role, bucket and key. Where there are none, test the connection in
#     Immuta and ask its support why nothing is uploaded. Only a tenant without any activity needs a longer
#     expect.deliveryGrace.
package trailguard.export.delivery_fresh

import data.trailguard.lib

deny contains {"message": message} if {
	delivery := input.facts.delivery.value
	not delivery.fresh
	text := "; events from %s on are lost where they never arrived: Immuta keeps them %d days"
	lost := lib.only_with(delivery.lost_since, sprintf(text, [delivery.lost_since, delivery.retention_days]))
	message := sprintf("%s, but one was due within %d hours%s", [newest(delivery), delivery.allowed_hours, lost])
}

newest(delivery) := sprintf("there is no object under s3://%s/%s%s", [
	delivery.bucket,
	delivery.prefix,
	concat("", [sprintf(" but those of %s", [whose]) | some whose in delivery.left_out_of]),
]) if delivery.newest_key == ""

newest(delivery) := sprintf("the newest object under s3://%s/%s is %q of %s, %d hours ago", [
	delivery.bucket,
	delivery.prefix,
	delivery.newest_key,
	delivery.newest_time,
	delivery.age_hours,
]) if delivery.newest_key != ""
