# METADATA
# title: The bucket is not public
# description: |
#   No policy and no access control list opens the bucket to everybody, effective Block Public Access
#   settings taken into account.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: not_public
#   severity: critical
#   requires: [public_access]
#   controls:
#     NIST 800-53r5: [AC-3, SC-7, AU-9]
#     ISO 27001:2022: [A.8.3]
#     SOC 2: [CC6.6]
#     PCI DSS 4.0: ["10.3.1"]
#     HIPAA: [164.312(a)(1)]
#     CIS AWS: ["3.1.4"]
#   remediation: |
#     In the grant that is shown, put those who need it in the place of everybody, the writer among them if it
#     depends on the grant. Then turn on all four Block Public Access settings of the bucket.
package trailguard.s3.not_public

deny contains {"message": message, "key": way.key, "pointer": way.at} if {
	public := input.facts.public_access.value
	some way in public.ways
	message := sprintf("bucket %q is public by its %s: %s", [
		public.bucket,
		object.get({"acl": "access control list"}, way.via, way.via),
		way.what,
	])
}
