# METADATA
# title: The bucket is encrypted as expected
# description: |
#   New objects are encrypted by default, and with a customer managed key where expect.encryption says
#   aws:kms. Otherwise S3's own keys (AES256) are enough.
# scope: package
# related_resources:
# - https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
# custom:
#   id: encrypted
#   severity: high
#   requires: [encryption]
#   controls:
#     NIST 800-53r5: [SC-28(1)]
#     ISO 27001:2022: [A.8.24]
#     SOC 2: [CC6.1]
#     PCI DSS 4.0: ["10.3.2"]
#     HIPAA: [164.312(a)(2)(iv)]
#   remediation: |
#     Set the bucket's default encryption. For aws:kms, name your key by its ARN, once the key policy lets the writer
#     use it (kms:GenerateDataKey, kms:Decrypt), and an identity policy does so too where the writer is in another
#     account.
package trailguard.s3.encrypted

deny contains {"message": message} if {
	encryption := input.facts.encryption.value
	not encryption.configured
	message := sprintf("bucket %q has no default encryption", [encryption.bucket])
}

deny contains {"message": message} if {
	encryption := input.facts.encryption.value
	encryption.configured
	encryption.expected == "aws:kms"
	not encryption.customer_key
	message := sprintf("bucket %q encrypts with %s, but you expect a customer managed key (aws:kms)", [
		encryption.bucket,
		key(encryption.algorithm),
	])
}

key("AES256") := "S3's own keys (AES256)"

key(algorithm) := sprintf("the key that AWS manages (%s)", [algorithm]) if algorithm != "AES256"
