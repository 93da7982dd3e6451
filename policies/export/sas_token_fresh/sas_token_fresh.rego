# METADATA
# title: The SAS token does not expire soon
# description: |
#   The SAS token of an export to Azure Data Lake Storage expires in more than 14 days. No call tells when, so
#   exports.<id>.sasExpires declares it. The rule applies once any export has such a day.
# scope: package
# related_resources:
# - https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview
# custom:
#   id: sas_token_fresh
#   severity: medium
#   requires: [sas_token]
#   controls:
#     NIST 800-53r5: [IA-5]
#     ISO 27001:2022: [A.5.17]
#     SOC 2: [CC6.1]
#   remediation: |
#     Issue a new token with the same rights, enter it in Immuta, and set exports.<id>.sasExpires to its last day.
#     Revoke the old one only once an object has arrived with the new one.
package trailguard.export.sas_token_fresh

deny contains {"message": message} if {
	token := input.facts.sas_token.value
	token.days <= 14
	message := sprintf("the SAS token %s: nothing can be uploaded by it afterwards", [when(token)])
}

when(token) := sprintf("expired on %s", [token.expires]) if token.expired

when(token) := sprintf("expires on %s, in %d days", [token.expires, token.days]) if not token.expired
