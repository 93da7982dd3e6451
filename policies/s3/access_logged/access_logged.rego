# METADATA
# title: Access to the trail is itself logged
# description: |
#   S3 logs access to the bucket in another bucket, or CloudTrail logs the data events of every object under the
#   export's path, reads and writes alike: by a trail that is logging, or by an event data store that ingests them.
#   A store that no run can see is declared in expect.dataEvents, and shown as declared.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/logging-with-S3.html
# custom:
#   id: access_logged
#   severity: medium
#   requires: [access_log]
#   controls:
#     NIST 800-53r5: [AU-2, AU-12]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC7.2]
#     PCI DSS 4.0: ["10.2.1.3"]
#     HIPAA: [164.312(b)]
#   remediation: |
#     Have S3 log access to the bucket in another bucket of the same account and region, or add the bucket to a trail
#     that logs data events of S3 objects, reads and writes. Where an event data store of your organization does so
#     already, name it in expect.dataEvents.
package trailguard.s3.access_logged

import data.trailguard.lib

deny contains {"message": message} if {
	log := input.facts.access_log.value
	not log.logged
	message := sprintf("nothing logs who reads, writes and deletes the objects under s3://%s/%s: %s", [
		log.bucket,
		log.prefix,
		lib.clauses(array.concat([itself | log.itself], log.partial), "neither S3 nor any trail or event data store"),
	])
}

itself := "S3 logs into the bucket itself, where whoever can alter the trail can alter the log"
