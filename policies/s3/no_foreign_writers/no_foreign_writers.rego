# METADATA
# title: Nobody of another account may write or delete under the path, or weaken what protects it
# description: |
#   No bucket policy and no access control list lets a principal of another account, everybody, or a service
#   without a condition on whom it acts for, write or delete objects under the export's path, or change what
#   protects them: policy, ACL, versioning, lock, encryption, replication and the like (docs/writing.md).
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
# custom:
#   id: no_foreign_writers
#   severity: high
#   requires: [foreign_writers]
#   controls:
#     NIST 800-53r5: [AU-9, AC-6]
#     ISO 27001:2022: [A.8.15]
#     SOC 2: [CC6.3]
#     PCI DSS 4.0: ["10.3.2"]
#   remediation: |
#     Remove the principal from the statement or the grant, and leave the rest as it is. Nothing of your own may
#     depend on it: give whoever needs it a statement of its own first.
package trailguard.s3.no_foreign_writers

import data.trailguard.lib.strangers

deny contains {"message": message, "key": access.key, "pointer": access.at, "remediation": remedy} if {
	foreign := input.facts.foreign_writers.value
	some access in foreign.accesses
	message := sprintf("%s may %s in bucket %q %s: whoever can do that can forge or destroy the trail", [
		access.principal,
		access.action,
		foreign.bucket,
		access.how,
	])
	remedy := strangers.evict(access)
}
