# METADATA
# title: Nobody of another account may read under the path, unless that is declared
# description: |
#   No bucket policy, access control list or replication rule lets a principal of another account, everybody,
#   or a service without a condition on whom it acts for, read or list objects under the export's path
#   (docs/writing.md). Accounts and principals that should, such as a SIEM's, are declared in expect.readers.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
# custom:
#   id: no_foreign_readers
#   severity: high
#   requires: [foreign_readers]
#   controls:
#     NIST 800-53r5: [AC-3, AC-4]
#     ISO 27001:2022: [A.8.3]
#     SOC 2: [CC6.1]
#     PCI DSS 4.0: ["10.3.1"]
#     HIPAA: [164.312(a)(1)]
#   remediation: |
#     Remove the principal from the statement or the grant, and leave the rest as it is. If the principal is meant
#     to read the trail, name it in expect.readers.
package trailguard.s3.no_foreign_readers

import data.trailguard.lib.strangers

deny contains {"message": message, "key": access.key, "pointer": access.at, "remediation": remedy} if {
	foreign := input.facts.foreign_readers.value
	some access in foreign.accesses
	message := sprintf("%s may %s in bucket %q %s: audit events hold who read which data", [
		access.principal,
		access.action,
		foreign.bucket,
		access.how,
	])
	remedy := strangers.hide(access)
}
