package keys

// upload makes a key of S3 of which the same is known in every upload.
func upload(name string, c Cell) Key { return Key{Name: name, RoleUpload: c, UserUpload: c} }

// declared marks a key as one that may be declared where it is open.
func declared(k Key) Key { k.Declared = true; return k }

// free marks a key whose value the caller chooses.
func free(k Key) Key { k.Free = true; return k }

// s3Keys are those of S3. Immuta uploads with an AWS SDK, which signs in the
// header with version 4, over TLS. Immuta's configuration has no field for a
// key, a grantee, a canned ACL or a redirect.
func s3Keys() []Key {
	keys := []Key{
		free(upload("s3:authType", fixed("REST-HEADER"))),
		free(upload("s3:signatureversion", fixed("AWS4-HMAC-SHA256"))),
		free(upload("s3:signatureAge", oneOf("0", "60000"))),
		free(upload("s3:TlsVersion", oneOf("1.2", "1.3"))),
		{
			Name: "s3:ResourceAccount", RoleUpload: given("the bucket's owner"), UserUpload: given("the bucket's owner"),
			Signed: given("the owner"), Unsigned: given("the owner"), Service: given("the owner"),
		},
		free(upload("s3:ObjectCreationOperation", either)),
		free(declared(upload("s3:x-amz-acl", oneOf("", "private", "bucket-owner-full-control", "bucket-owner-read", "aws-exec-read", "log-delivery-write")))),
		free(declared(upload("s3:x-amz-server-side-encryption", oneOf("", "AES256", "aws:kms", "aws:kms:dsse")))),
	}
	for _, name := range []string{
		"s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-content-sha256", "s3:x-amz-storage-class", "s3:if-match", "s3:if-none-match",
		"s3:object-lock-mode", "s3:object-lock-legal-hold", "s3:object-lock-retain-until-date", "s3:object-lock-remaining-retention-days", "s3:RequestObjectTag/",
	} {
		keys = append(keys, free(declared(Key{Name: name})))
	}
	keys = append(keys, free(declared(list(Key{Name: "s3:RequestObjectTagKeys"}))), declared(Key{Name: BucketTag}))
	for _, name := range []string{
		"s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-grant-full-control", "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp",
		"s3:x-amz-grant-write", "s3:x-amz-grant-write-acp", "s3:x-amz-copy-source", "s3:x-amz-metadata-directive", "s3:x-amz-website-redirect-location",
		"s3:x-amz-object-ownership", "s3:versionid",
	} {
		keys = append(keys, free(upload(name, absent)))
	}
	for _, name := range []string{
		"s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin", "s3:AccessGrantsInstanceArn", "s3:ExistingObjectTag/",
		"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:LocationConstraint", "s3:DestinationRegion", "s3:InventoryAccessibleOptionalFields",
	} {
		keys = append(keys, upload(name, absent))
	}
	return keys
}

// kmsKeys are the keys of the request that S3 makes for an upload.
func kmsKeys() []Key {
	use := func(name string, c Cell) Key { return Key{Name: name, KeyUse: c} }
	return []Key{
		use("kms:CallerAccount", given("the uploader's account")),
		use("kms:ViaService", given("S3 in the bucket's region")),
		use("kms:EncryptionContext:aws:s3:arn", given("the bucket, or each object")),
		list(use("kms:EncryptionContextKeys", given("aws:s3:arn"))),
		{Name: "kms:EncryptionContext:"},
		use("kms:EncryptionAlgorithm", fixed("SYMMETRIC_DEFAULT")),
		use("kms:KeySpec", fixed("SYMMETRIC_DEFAULT")),
		use("kms:KeyUsage", fixed("ENCRYPT_DECRYPT")),
		use("kms:GrantIsForAWSResource", absent),
		use("kms:DataKeyPairSpec", absent),
		{Name: "kms:KeyOrigin"},
		{Name: "kms:MultiRegion"},
		{Name: "kms:RequestAlias"},
		list(Key{Name: "kms:ResourceAliases"}),
	}
}

// stsKeys are the keys of the requests that assume a role. Services and
// identity providers send no ExternalId.
func stsKeys() []Key {
	request := func(name string) Key { return Key{Name: name, Declared: true, Free: true} }
	session := request("sts:RoleSessionName")
	session.Assume = Cell{State: Present}
	return []Key{
		{Name: "sts:ExternalId", Assume: given("the configuration's id"), Unsigned: absent, Service: absent, Provider: absent},
		session, request("sts:SourceIdentity"), request("sts:DurationSeconds"), list(request("sts:TransitiveTagKeys")),
	}
}
