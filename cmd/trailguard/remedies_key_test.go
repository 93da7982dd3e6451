package main

import (
	"slices"
	"strings"
)

// keyPlights are those of the bucket's key.
func keyPlights() []plight {
	const usable, decrypt, durable, encrypted = "key_usable", "key_decrypt_granted", "key_durable", "encrypted"
	use := func(key string) string { return may(useKey, key) }
	identitySays := "Allow kms:GenerateDataKey and kms:Decrypt on " + keyThere + " in an identity policy of " + auditRole + "."
	ours := lets(named("arn:aws:iam::333333333333:root"), `"kms:*"`, "*", "")
	sparing := func(names ...string) string {
		return refuses(`"kms:*"`, `"Resource": "*"`, `{"ArnNotEquals": {"aws:PrincipalArn": ["`+strings.Join(names, `", "`)+`"]}}`)
	}
	const admin = "arn:aws:iam::111111111111:role/ops-admin"
	return []plight{
		{
			name: "the key's account lets the writer's, which lets nobody", world: slices.Concat(abroad, encryptedWith(keyThere, ours, lets(named("arn:aws:iam::111111111111:root"), useKey, "*", ""))),
			remedy: remedy{says: map[string]string{usable: identitySays}, edits: []edit{file(identityFile, mayPut, use(keyThere))}},
		},
		{
			name: "neither account lets the writer", world: slices.Concat(abroad, encryptedWith(keyThere, ours)),
			remedy: remedy{
				says:  map[string]string{usable: identitySays},
				edits: []edit{file(identityFile, mayPut, use(keyThere)), file(keyFile, ours, lets(named(auditRole), useKey, "*", ""))},
			},
		},
		{
			name: "the key that AWS manages, of another account", world: append(slices.Clone(abroad), edit{"buckets.yaml", "{algorithm: AES256}", "{algorithm: aws:kms}"}),
			remedy: remedy{
				says: map[string]string{usable: "Set the bucket's default encryption to a customer managed key of the bucket's region, by its ARN, that its policy and an identity policy let " + auditRole + " use"},
				edits: []edit{
					{"keys.yaml", "", "keys: [{arn: \"" + keyThere + "\", description: k, policy: " + keyFile + ", created: -1d}]\n"},
					{"buckets.yaml", "{algorithm: aws:kms}", "{algorithm: aws:kms, key: \"" + keyThere + "\"}"},
					file(keyFile, ours, lets(named(auditRole), useKey, "*", "")), file(identityFile, mayPut, use(keyThere)),
				},
			},
		},
		{
			name: "a customer's key is wanted, across accounts", world: append(slices.Clone(abroad), expecting("  encryption: aws:kms\n")),
			remedy: remedy{
				says: map[string]string{encrypted: "name your key by its ARN, once the key policy lets the writer use it (kms:GenerateDataKey, kms:Decrypt), and an identity policy does so too where the writer is in another account"},
				edits: append(encryptedWith(keyThere, ours, lets(named(auditRole), useKey, "*", "")),
					file(identityFile, mayPut, use(keyThere))),
			},
		},
		{
			name: "a Deny in the key's policy", world: append(encryptedWith(keyHere, trustKey, sparing(admin)), file(identityFile, mayPut, use(keyHere))),
			remedy: remedy{
				says: map[string]string{usable: "Let the Deny spare kms:GenerateDataKey and kms:Decrypt on " + keyHere + " by " + auditRole},
				edits: []edit{file(keyFile, trustKey,
					stated(`"Effect": "Deny", "Principal": "*", "NotAction": `+useKey+`, "Resource": "*"`, `{"ArnNotEquals": {"aws:PrincipalArn": "`+admin+`"}}`),
					refuses(useKey, `"Resource": "*"`, `{"ArnNotEquals": {"aws:PrincipalArn": ["`+admin+`", "`+auditRole+`"]}}`))},
			},
		},
		{
			name: "a key's policy without kms:Decrypt", world: append(encryptedWith(keyHere, lets(named(auditRole), `"kms:GenerateDataKey"`, "*", "")), file(identityFile, mayPut)),
			remedy: remedy{
				says:  map[string]string{decrypt: "Allow kms:Decrypt to " + auditRole + " in the key's policy."},
				edits: []edit{file(keyFile, lets(named(auditRole), useKey, "*", ""))},
			},
		},
		{
			name: "a key that is to be deleted", world: append(encryptedWith(keyHere, lets(named(auditRole), useKey, "*", "")),
				file(identityFile, mayPut), edit{"keys.yaml", "description: k,", "description: k, state: PendingDeletion, deletedIn: 7d,"}),
			remedy: remedy{
				says: map[string]string{
					usable:  "Cancel the key's deletion in KMS, then enable the key.",
					durable: "Cancel the key's deletion in KMS, then enable the key.",
				},
				edits: []edit{{"keys.yaml", "state: PendingDeletion, deletedIn: 7d,", ""}},
			},
		},
		{
			name: "a key whose material expires", world: append(encryptedWith(keyHere, lets(named(auditRole), useKey, "*", "")),
				file(identityFile, mayPut), edit{"keys.yaml", "description: k,", "description: k, expiresIn: 8d,"}),
			remedy: remedy{
				says:  map[string]string{durable: "Import the same material again, to expire later or never"},
				edits: []edit{{"keys.yaml", "expiresIn: 8d", "expiresIn: 300d"}},
			},
		},
		{
			name: "a key that is not rotated", world: append(encryptedWith(keyHere, lets(named(auditRole), useKey, "*", "")),
				file(identityFile, mayPut), edit{"keys.yaml", "description: k,", "description: k, unrotated: true,"}),
			remedy: remedy{
				says:  map[string]string{"key_rotated": "Turn on automatic rotation of the key in KMS."},
				edits: []edit{{"keys.yaml", "unrotated: true", "unrotated: false"}},
			},
		},
		{
			name: "a key for an organization", world: append(encryptedWith(keyHere, lets(`"*"`, useKey, "*", `{"StringEquals": {"aws:PrincipalOrgID": "o-acme0000001"}}`)), file(identityFile, mayPut, use(keyHere))),
			remedy: remedy{
				says: map[string]string{
					usable:  "Declare what Immuta's requests hold under aws:PrincipalOrgID in expect.requests",
					decrypt: "Declare what Immuta's requests hold under aws:PrincipalOrgID in expect.requests",
				},
				edits: []edit{expecting("  requests: {\"aws:PrincipalOrgID\": [o-acme0000001]}\n")},
			},
		},
	}
}
