# METADATA
# title: The trail is kept as long as expected
# description: |
#   No lifecycle rule expires objects under the export's path before expect.retentionDays. Transitions and
#   aborted uploads are fine, and so is an expiry that comes while Object Lock still keeps the object.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
# custom:
#   id: retention_sufficient
#   severity: high
#   requires: [retention]
#   controls:
#     NIST 800-53r5: [AU-11, SI-12]
#     ISO 27001:2022: [A.5.33, A.8.10]
#     SOC 2: [C1.2]
#     PCI DSS 4.0: ["10.5.1"]
#   remediation: |
#     Give the lifecycle rule at least the expected days, or a filter that leaves the export's path out. What has
#     already expired is gone, unless old versions of it are left.
package trailguard.s3.retention_sufficient

deny contains {"message": message, "pointer": expiry.at, "key": expiry.key} if {
	retention := input.facts.retention.value
	some expiry in retention.expiries
	message := sprintf("lifecycle rule %q of bucket %q expires objects under %q %s, but you expect %d days", [
		expiry.rule,
		retention.bucket,
		retention.prefix,
		when(expiry),
		retention.expected_days,
	])
}

when(expiry) := sprintf("after %d days", [expiry.days]) if expiry.date == ""

when(expiry) := sprintf("from %s on, whatever their age", [substring(expiry.date, 0, 10)]) if expiry.date != ""
