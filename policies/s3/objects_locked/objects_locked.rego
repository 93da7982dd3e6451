# METADATA
# title: Delivered objects are locked
# description: |
#   Object Lock has a default retention, of at least expect.retentionDays where that is set. In GOVERNANCE mode
#   the bucket policy denies s3:BypassGovernanceRetention to everybody but expect.breakGlass.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
# custom:
#   id: objects_locked
#   severity: medium
#   requires: [object_lock]
#   controls:
#     NIST 800-53r5: [AU-9, AU-10, AU-11]
#     ISO 27001:2022: [A.5.33]
#     SOC 2: [PI1.5]
#     PCI DSS 4.0: ["10.3.4"]
#     HIPAA: [164.312(c)(1)]
#   remediation: |
#     Set a default retention, and test the connection in Immuta: S3 then demands a checksum with each
#     upload. In GOVERNANCE mode deny s3:BypassGovernanceRetention in the bucket policy.
package trailguard.s3.objects_locked

deny contains {"message": message} if {
	lock := input.facts.object_lock.value
	lock.mode == ""
	message := sprintf("bucket %q has no default retention: whoever may delete can remove the trail", [lock.bucket])
}

deny contains {"message": message} if {
	lock := input.facts.object_lock.value
	lock.mode != ""
	lock.days < lock.expected_days
	numbers := [lock.bucket, lock.days, lock.expected_days]
	message := sprintf("bucket %q locks objects for %d days, but you expect %d", numbers)
}

deny contains {"message": message} if {
	lock := input.facts.object_lock.value
	count(lock.bypass) > 0
	text := "bucket %q locks in GOVERNANCE mode, and its policy does not deny s3:BypassGovernanceRetention to %s"
	message := sprintf(text, [lock.bucket, concat(", ", lock.bypass)])
}
