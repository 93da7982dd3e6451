package drift_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func TestSettingsAsWeakerOrStronger(t *testing.T) {
	block := func(values ...string) string {
		return `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":` + values[0] + `,"IgnorePublicAcls":` + values[1] + `,"BlockPublicPolicy":` + values[2] + `,"RestrictPublicBuckets":` + values[3] + `}}`
	}
	encryption := func(algorithm, key string) string {
		return `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"` + algorithm + `","KMSMasterKeyID":"` + key + `"},"BucketKeyEnabled":true}]}}`
	}
	blocking := func(of string) string {
		return strings.TrimSuffix(encryption("AES256", ""), "}]}}") + `,"BlockedEncryptionTypes":{"EncryptionType":["` + of + `"]}}]}}`
	}
	lock := func(mode, days string) string {
		return `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"` + mode + `",` + days + `}}}}`
	}
	expire := func(prefix, what string) string {
		return `{"Rules":[{"ID":"x","Status":"Enabled","Filter":{"Prefix":"` + prefix + `"},` + what + `}]}`
	}
	replicate := func(prefix, to string) string {
		return `{"ReplicationConfiguration":{"Role":"r","Rules":[{"Status":"Enabled","Filter":{"Prefix":"` + prefix + `"},"Destination":{"Bucket":"arn:aws:s3:::` + to + `"}}]}}`
	}
	trailed := func(trail string) string { return `{"trailList":[` + trail + `]}` }
	selects := func(objects string) string {
		return `{"TrailARN":"arn:aws:cloudtrail:r:1:trail/t","EventSelectors":[{"ReadWriteType":"ReadOnly","DataResources":[{"Type":"AWS::S3::Object","Values":["` + objects + `"]}]}]}`
	}
	store := func(status string) string {
		return `{"EventDataStoreArn":"arn:aws:cloudtrail:r:1:eventdatastore/e","Status":"` + status + `","AdvancedEventSelectors":[{"FieldSelectors":[` +
			`{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]}`
	}
	imported := func(until string) string {
		return `{"KeyMetadata":{"KeyState":"Enabled","Origin":"EXTERNAL","ExpirationModel":"KEY_MATERIAL_EXPIRES","ValidTo":"` + until + `T00:00:00Z"}}`
	}
	owner := func(o string) string { return `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"` + o + `"}]}}` }
	organized := func(s string) string {
		return `{"s3_attributes":{"public_access_block_configuration":"` + s + `"}}`
	}
	tests := []struct {
		kind          document.Kind
		before, after string // empty: absent
		worse, better scanner.Effect
		message       string
	}{
		{document.KindPublicAccessBlock, block("true", "true", "true", "true"), block("true", "true", "false", "true"), "weaker", "stronger", "BlockPublicPolicy changed from true to false"},
		{document.KindAccountAccessBlock, block("false", "false", "false", "true"), "", "weaker", "stronger", "RestrictPublicBuckets changed from true to false"},
		{document.KindOrganizationAccessBlock, organized("all"), "", "weaker", "stronger", "the organization's Block Public Access changed from all to nothing"},
		{document.KindOrganizationAccessBlock, "", organized("none"), "weaker", "stronger", "the organization's Block Public Access changed from nothing to none"},
		{document.KindOrganizationAccessBlock, organized("all"), organized("some"), "incomparable", "incomparable", `public_access_block_configuration "some" is not a value that this version knows`},
		{document.KindEncryption, encryption("aws:kms", keyARN), encryption("AES256", ""), "weaker", "stronger", "the algorithm changed from aws:kms to AES256"},
		{document.KindEncryption, encryption("aws:kms", keyARN), encryption("aws:kms", ""), "weaker", "stronger", "the key changed from " + keyARN + " to the AWS managed key"},
		{document.KindEncryption, encryption("aws:kms", keyARN), encryption("aws:kms", keyARN+"2"), "changed", "changed", "the key changed from " + keyARN + " to " + keyARN + "2"},
		{document.KindEncryption, encryption("aws:kms:dsse", keyARN), encryption("aws:kms", keyARN), "weaker", "stronger", "the algorithm changed from aws:kms:dsse to aws:kms"},
		{document.KindEncryption, blocking("SSE-C"), blocking("NONE"), "weaker", "stronger", "whether uploads with a key of their own (SSE-C) are refused changed from true to false"},
		{document.KindEncryption, blocking("NONE"), encryption("AES256", ""), "changed", "changed", "changed in what neither protects nor exposes"},
		{document.KindEncryption, blocking("SSE-C"), blocking("SSE-KMS"), "incomparable", "incomparable", `EncryptionType "SSE-KMS" is not a value that this version knows`},
		{document.KindEncryption, encryption("AES256", ""), encryption("quantum", ""), "incomparable", "incomparable", `SSEAlgorithm "quantum" is not a value that this version knows`},
		{document.KindVersioning, `{"Status":"Enabled"}`, `{"Status":"EnabledForSome"}`, "incomparable", "incomparable", `Status "EnabledForSome" is not a value that this version knows`},
		{document.KindVersioning, `{"Status":"Enabled"}`, `{"Status":"Suspended"}`, "weaker", "stronger", "the status changed from Enabled to Suspended"},
		{document.KindVersioning, `{"Status":"Enabled","MFADelete":"Enabled"}`, `{"Status":"Enabled","MFADelete":"Disabled"}`, "weaker", "stronger", "MFA delete changed from Enabled to nothing"},
		{document.KindObjectLock, lock("GOVERNANCE", `"Days":30`), lock("GOVERNANCE", `"Days":7`), "weaker", "stronger", "the default retention changed from 30 days to 7 days"},
		{document.KindObjectLock, lock("COMPLIANCE", `"Years":1`), lock("GOVERNANCE", `"Years":1`), "weaker", "stronger", "the default retention mode changed from COMPLIANCE to GOVERNANCE"},
		{document.KindObjectLock, `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}`, "", "weaker", "stronger", "Object Lock changed from Enabled to nothing"},
		{document.KindLifecycle, "", `{"Rules":[{"Status":"OnMondays","Expiration":{"Days":1}}]}`, "incomparable", "incomparable", `Status "OnMondays" is not a value that this version knows`},
		{document.KindLifecycle, "", expire("logs/", `"Expiration":{"Days":30}`), "weaker", "stronger", "the time after which objects are deleted changed from never to 30 days"},
		{document.KindLifecycle, expire("", `"Expiration":{"Days":400}`), expire("", `"Expiration":{"Days":30}`), "weaker", "stronger", "the time after which objects are deleted changed from 400 days to 30 days"},
		{document.KindLifecycle, expire("elsewhere/", `"Expiration":{"Days":400}`), expire("elsewhere/", `"Expiration":{"Days":1}`), "changed", "changed", "changed in what neither protects nor exposes"},
		{document.KindLifecycle, expire("logs/a-old/", `"Expiration":{"Days":400}`), expire("logs/a-old/", `"Expiration":{"Days":1}`), "changed", "changed", "changed in what neither protects nor exposes"}, // a neighbour's
		{document.KindLifecycle, expire("logs/a", `"Expiration":{"Days":1}`), "", "stronger", "weaker", "the time after which objects are deleted changed from 1 day to never"},
		{document.KindLifecycle, "", expire("logs/a/deeper/", `"NoncurrentVersionExpiration":{"NoncurrentDays":3}`), "weaker", "stronger", "the time after which old versions are deleted changed from never to 3 days"},
		{document.KindLifecycle, "", expire("", `"Expiration":{"Date":"2027-01-01T00:00:00Z"}`), "weaker", "stronger", "everything is deleted on 2027-01-01T00:00:00Z"},
		{document.KindOwnership, owner("BucketOwnerEnforced"), owner("BucketOwnerPreferred"), "weaker", "stronger", "object ownership changed from BucketOwnerEnforced to BucketOwnerPreferred"},
		{document.KindOwnership, owner("BucketOwnerPreferred"), "", "weaker", "stronger", "object ownership changed from BucketOwnerPreferred to ObjectWriter"},
		{document.KindAccessLog, `{"LoggingEnabled":{"TargetBucket":"l","TargetPrefix":"p"}}`, `{}`, "weaker", "stronger", "the target of access logs changed from s3://l/p to nothing"},
		{document.KindAccessLog, `{"LoggingEnabled":{"TargetBucket":"l","TargetPrefix":"p"}}`, `{"LoggingEnabled":{"TargetBucket":"m","TargetPrefix":"p"}}`, "changed", "changed", "the target of access logs changed from s3://l/p to s3://m/p"},
		{document.KindACL, `{"Grants":[]}`, `{"Grants":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}`, "widened", "narrowed", "grants READ to http://acs.amazonaws.com/groups/global/AllUsers now and did not before"},
		{document.KindBucketOwner, `{"Account":"111122223333"}`, `{"Account":"444455556666"}`, "changed", "changed", "the account changed from 111122223333 to 444455556666"},
		{document.KindReplication, "", replicate("", "archive"), "widened", "weaker", "objects are copied to arn:aws:s3:::archive now and were not before"},
		{document.KindReplication, replicate("logs-old/", "archive"), "", "changed", "changed", "changed in what neither protects nor exposes"}, // a neighbour's
		{document.KindReplication, replicate("logs/a/", `archive","Account":"444455556666`), "", "weaker", "widened", "objects were copied to arn:aws:s3:::archive of account 444455556666 and are no longer"},
		{document.KindRequestPayment, `{"Payer":"BucketOwner"}`, `{"Payer":"Requester"}`, "changed", "changed", "the payer changed from BucketOwner to Requester: requests are refused unless they offer to pay, those of Immuta and of readers too"},
		{document.KindTrails, trailed(""), trailed(`{"TrailARN":"arn:aws:cloudtrail:r:1:trail/x"}`), "stronger", "weaker", "trail arn:aws:cloudtrail:r:1:trail/x is new, and logs who accesses the objects"}, // as far as anybody can tell
		{document.KindTrailStatus, `{"IsLogging":true}`, `{"IsLogging":false}`, "weaker", "stronger", "whether it logs and its files arrive changed from true to false"},
		{document.KindTrailStatus, `{"IsLogging":true}`, `{"IsLogging":true,"LatestDeliveryError":"AccessDenied"}`, "weaker", "stronger", "whether it logs and its files arrive changed from true to false"},
		{document.KindEventSelectors, selects(bucketARN + "/"), selects(bucketARN + "-old/"), "weaker", "stronger", "what it logs of reading the objects changed from everything to nothing"},
		{document.KindEventSelectors, selects(bucketARN + "-old/"), selects(bucketARN + "-older/"), "changed", "changed", "changed in what neither protects nor exposes"}, // a neighbour's
		{document.KindEventDataStore, store("ENABLED"), store("STOPPED_INGESTION"), "weaker", "stronger", "the status changed from ENABLED to STOPPED_INGESTION"},
		{document.KindEventDataStore, store("ENABLED"), store("DREAMING"), "incomparable", "incomparable", `Status "DREAMING" is not a value that this version knows`},
		{document.KindKey, `{"KeyMetadata":{"KeyState":"Enabled"}}`, `{"KeyMetadata":{"KeyState":"PendingDeletion"}}`, "weaker", "stronger", "the state changed from Enabled to PendingDeletion"},
		{document.KindKey, imported("2028-01-01"), imported("2027-01-01"), "weaker", "stronger", "the time at which its material expires changed from 2028-01-01T00:00:00Z to 2027-01-01T00:00:00Z"},
		{document.KindKey, `{"KeyMetadata":{"KeyState":"Enabled","Origin":"EXTERNAL","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"}}`, imported("2027-01-01"), "weaker", "stronger", "the time at which its material expires changed from never to 2027-01-01T00:00:00Z"},
		{document.KindKey, `{"KeyMetadata":{"KeyState":"Enabled","Origin":"EXTERNAL"}}`, imported("2027-01-01"), "changed", "changed", "the time at which its material expires changed from not known to 2027-01-01T00:00:00Z"}, // as an older snapshot has it
		{document.KindKey, `{"KeyMetadata":{"KeyState":"Enabled","Origin":"AWS_KMS","MultiRegion":false}}`, `{"KeyMetadata":{"KeyState":"Enabled","Origin":"AWS_KMS","MultiRegion":true}}`, "changed", "changed", "changed in what neither protects nor exposes"},
		{document.KindKeyRotation, `{"KeyRotationEnabled":true,"RotationPeriodInDays":90}`, `{"KeyRotationEnabled":false}`, "weaker", "stronger", "rotation changed from every 90 days to off"},
		{document.KindKeyRotation, `{"KeyRotationEnabled":true,"RotationPeriodInDays":90}`, `{"KeyRotationEnabled":true}`, "weaker", "stronger", "rotation changed from every 90 days to every 365 days"},
	}
	for _, tt := range tests {
		evidence := func(text string) []scanner.Evidence {
			if text == "" {
				return []scanner.Evidence{absent(tt.kind, bucketARN)}
			}
			return []scanner.Evidence{evidenceOf(tt.kind, bucketARN, "", text)}
		}
		change := one(t, evidence(tt.before), evidence(tt.after))
		if change.Effect != tt.worse || !strings.HasSuffix(change.Message, ": "+tt.message) || len(change.Diff) == 0 {
			t.Errorf("%s: %s %q with %d lines of difference, want %s %q", tt.kind, change.Effect, change.Message, len(change.Diff), tt.worse, tt.message)
		}
		if back := one(t, evidence(tt.after), evidence(tt.before)); back.Effect != tt.better {
			t.Errorf("%s the other way round is %s, want %s", tt.kind, back.Effect, tt.better)
		}
	}
}

func TestSettingsInTwoDirectionsAreTwoChanges(t *testing.T) {
	before := evidenceOf(document.KindPublicAccessBlock, bucketARN, "", `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true}}`)
	after := evidenceOf(document.KindPublicAccessBlock, bucketARN, "", `{"PublicAccessBlockConfiguration":{"BlockPublicPolicy":true}}`)
	changes := between(t, snapshotOf(export("a", before)), snapshotOf(export("a", after)))
	var effects []scanner.Effect
	for _, change := range changes {
		effects = append(effects, change.Effect)
	}
	if diff := cmp.Diff([]scanner.Effect{scanner.EffectWeaker, scanner.EffectStronger}, effects); diff != "" {
		t.Error(diff)
	}
}

func TestRolesAndKeysBetweenRuns(t *testing.T) {
	role := func(id, used string) []scanner.Evidence {
		return []scanner.Evidence{evidenceOf(document.KindRole, roleARN, "", `{"Role":{"RoleId":"`+id+`","RoleLastUsed":{"LastUsedDate":"`+used+`"}}}`)}
	}
	want(t, between(t, snapshotOf(export("a", role("AROA1", "monday")...)), snapshotOf(export("a", role("AROA1", "tuesday")...))))
	without := evidenceOf(document.KindRole, roleARN, "", `{"Role":{"RoleId":"AROA1"}}`) // as it is read today
	want(t, between(t, snapshotOf(export("a", role("AROA1", "monday")...)), snapshotOf(export("a", without))))
	if change := one(t, role("AROA1", "x"), role("AROA2", "x")); change.Effect != scanner.EffectRecreated || change.Before != "AROA1" {
		t.Errorf("a role that was created again: %+v", change)
	}
	gone := []scanner.Evidence{absent(document.KindRole, roleARN)}
	if change := one(t, append(role("AROA1", "x"), trust("a")), gone); change.Effect != scanner.EffectRemoved {
		t.Errorf("a role that is gone: %+v", change)
	}
}

// TestAccessKeysBetweenRuns: the last active key is all that a user can write by.
func TestAccessKeysBetweenRuns(t *testing.T) {
	const userARN = "arn:aws:iam::111122223333:user/immuta"
	keys := func(list ...string) []scanner.Evidence {
		return []scanner.Evidence{evidenceOf(document.KindAccessKeys, userARN, "", `{"AccessKeyMetadata":[`+strings.Join(list, ",")+`]}`)}
	}
	key := func(id, status, used string) string {
		return `{"AccessKeyId":"…` + id + `","Status":"` + status + `","LastUsedDate":"` + used + `"}`
	}
	a, b, off := key("AAAA", "Active", "2026-01-01T00:00:00Z"), key("BBBB", "Active", "2026-01-01T00:00:00Z"), key("AAAA", "Inactive", "2026-01-01T00:00:00Z")
	want(t, between(t, snapshotOf(export("a", keys(a)...)), snapshotOf(export("a", keys(key("AAAA", "Active", "2026-02-01T00:00:00Z"))...))))
	for name, tt := range map[string]struct {
		before, after []scanner.Evidence
		effect        scanner.Effect
		says          string
	}{
		"deactivated, the only one":  {keys(a), keys(off), scanner.EffectNarrowed, "key …AAAA is Inactive and was Active"},
		"deactivated, another stays": {keys(a, b), keys(off, b), scanner.EffectChanged, "key …AAAA is Inactive and was Active"},
		"activated":                  {keys(off), keys(a), scanner.EffectChanged, "key …AAAA is Active and was Inactive"},
		"removed, the only one":      {keys(a), keys(), scanner.EffectNarrowed, "key …AAAA was removed, which was Active"},
		"removed, another stays":     {keys(a, b), keys(b), scanner.EffectChanged, "key …AAAA was removed, which was Active"},
		"created":                    {keys(a), keys(a, b), scanner.EffectAdded, "key …BBBB was created, and is Active"},
	} {
		if change := one(t, tt.before, tt.after); change.Effect != tt.effect || !strings.HasSuffix(change.Message, ": "+tt.says) {
			t.Errorf("%s: %s %q, want %s %q", name, change.Effect, change.Message, tt.effect, tt.says)
		}
	}
	record := export("a", keys(a)...)
	record.Gaps = append(record.Gaps, scanner.Gap{Kind: document.KindAccessKeys, Resource: userARN, Name: "…AAAA", Reason: scanner.ReasonDenied})
	want(t, between(t, snapshotOf(record), snapshotOf(export("a", keys(a)...))))
}

func TestSettingsThatAreNotUnderstoodAreIncomparable(t *testing.T) {
	change := one(t, []scanner.Evidence{evidenceOf(document.KindVersioning, bucketARN, "", `{"Status":"Enabled"}`)},
		[]scanner.Evidence{evidenceOf(document.KindVersioning, bucketARN, "", `<html>`)})
	if change.Effect != scanner.EffectIncomparable {
		t.Errorf("change is %+v", change)
	}
}

func TestRewrittenSettingsAreNoChange(t *testing.T) {
	want(t, between(t,
		snapshotOf(export("a", evidenceOf(document.KindLifecycle, bucketARN, "", `{"Rules":[{"Status":"Enabled","ID":"x"}]}`))),
		snapshotOf(export("a", evidenceOf(document.KindLifecycle, bucketARN, "", "{ \"Rules\": [\n { \"ID\": \"x\", \"Status\": \"Enabled\" } ] }")))))
}
