package drift

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
)

func bucketExists(e *scanner.Evidence) bool {
	var document scanner.BucketDocument
	return json.Unmarshal([]byte(e.Text), &document) == nil && document.Exists
}

func compareBucket(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[scanner.BucketDocument](before, after)
	switch {
	case err != nil:
		return nil, err
	case b.Exists && !a.Exists:
		return []detail{{"/Exists", "true", "false", scanner.EffectRemoved, "it no longer exists: nothing arrives, and anybody may take its name"}}, nil
	case !b.Exists && a.Exists:
		return []detail{{"/Exists", "false", "true", scanner.EffectAdded, "it exists now and did not before: make sure that it is yours"}}, nil
	default:
		return ranked("/Region", "the region", 0, 0, b.Region, a.Region), nil
	}
}

func ownerAccount(text string) string {
	var document scanner.BucketOwnerDocument
	if json.Unmarshal([]byte(text), &document) != nil {
		return ""
	}
	return document.Account
}

func compareOwner(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[scanner.BucketOwnerDocument](before, after)
	if err != nil {
		return nil, err
	}
	return ranked("/Account", "the account", 0, 0, b.Account, a.Account), nil
}

type accessBlockDocument struct {
	PublicAccessBlockConfiguration struct {
		BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
	}
}

func compareAccessBlock(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[accessBlockDocument](before, after)
	if err != nil {
		return nil, err
	}
	was, is := b.PublicAccessBlockConfiguration, a.PublicAccessBlockConfiguration
	var details []detail
	for _, setting := range []struct {
		name    string
		was, is bool
	}{
		{"BlockPublicAcls", was.BlockPublicAcls, is.BlockPublicAcls},
		{"IgnorePublicAcls", was.IgnorePublicAcls, is.IgnorePublicAcls},
		{"BlockPublicPolicy", was.BlockPublicPolicy, is.BlockPublicPolicy},
		{"RestrictPublicBuckets", was.RestrictPublicBuckets, is.RestrictPublicBuckets},
	} {
		details = append(details, onLadder("/PublicAccessBlockConfiguration/"+setting.name, setting.name,
			strconv.FormatBool(setting.was), strconv.FormatBool(setting.is), "false", "true")...)
	}
	return details, nil
}

type encryptionDocument struct {
	ServerSideEncryptionConfiguration struct {
		Rules []struct {
			ApplyServerSideEncryptionByDefault struct {
				SSEAlgorithm, KMSMasterKeyID string
			}
			BucketKeyEnabled bool
		}
	}
}

// default returns the rule that decides, its algorithm and its customer key.
func (d *encryptionDocument) defaults() (algorithm, key string, bucketKey bool) {
	rules := d.ServerSideEncryptionConfiguration.Rules
	if len(rules) == 0 {
		return "", "", false
	}
	by := rules[0].ApplyServerSideEncryptionByDefault
	if !strings.HasSuffix(by.KMSMasterKeyID, "alias/aws/s3") {
		key = by.KMSMasterKeyID
	}
	return by.SSEAlgorithm, key, rules[0].BucketKeyEnabled
}

func compareEncryption(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[encryptionDocument](before, after)
	if err != nil {
		return nil, err
	}
	wasAlgorithm, wasKey, wasBucketKey := b.defaults()
	isAlgorithm, isKey, isBucketKey := a.defaults()
	const pointer = "/ServerSideEncryptionConfiguration/Rules/0"
	details := onLadder(pointer+"/ApplyServerSideEncryptionByDefault/SSEAlgorithm", "the algorithm", wasAlgorithm, isAlgorithm, "", "AES256", "aws:kms", "aws:kms:dsse")
	// Taking a key away is a weakening of its own only while KMS encrypts.
	if strings.HasPrefix(wasAlgorithm, "aws:kms") && strings.HasPrefix(isAlgorithm, "aws:kms") {
		details = append(details, ranked(pointer+"/ApplyServerSideEncryptionByDefault/KMSMasterKeyID", "the key", own(wasKey), own(isKey),
			or(wasKey, "the AWS managed key"), or(isKey, "the AWS managed key"))...)
	}
	return append(details, ranked(pointer+"/BucketKeyEnabled", "the bucket key", 0, 0, strconv.FormatBool(wasBucketKey), strconv.FormatBool(isBucketKey))...), nil
}

func own(key string) int {
	if key == "" {
		return 0
	}
	return 1
}

type versioningDocument struct{ Status, MFADelete string }

func compareVersioning(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[versioningDocument](before, after)
	if err != nil {
		return nil, err
	}
	if b.MFADelete == "Disabled" {
		b.MFADelete = ""
	}
	if a.MFADelete == "Disabled" {
		a.MFADelete = ""
	}
	return append(onLadder("/Status", "the status", b.Status, a.Status, "", "Suspended", "Enabled"),
		onLadder("/MFADelete", "MFA delete", b.MFADelete, a.MFADelete, "", "Enabled")...), nil
}

type objectLockDocument struct {
	ObjectLockConfiguration struct {
		ObjectLockEnabled string
		Rule              struct {
			DefaultRetention struct {
				Mode        string
				Days, Years int
			}
		}
	}
}

func compareObjectLock(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[objectLockDocument](before, after)
	if err != nil {
		return nil, err
	}
	was, is := b.ObjectLockConfiguration, a.ObjectLockConfiguration
	const rule = "/ObjectLockConfiguration/Rule/DefaultRetention"
	details := onLadder("/ObjectLockConfiguration/ObjectLockEnabled", "Object Lock", was.ObjectLockEnabled, is.ObjectLockEnabled, "", "Enabled")
	details = append(details, onLadder(rule+"/Mode", "the default retention mode", was.Rule.DefaultRetention.Mode, is.Rule.DefaultRetention.Mode, "", "GOVERNANCE", "COMPLIANCE")...)
	wasDays := was.Rule.DefaultRetention.Days + 365*was.Rule.DefaultRetention.Years
	isDays := is.Rule.DefaultRetention.Days + 365*is.Rule.DefaultRetention.Years
	return append(details, ranked(rule, "the default retention", wasDays, isDays, days(wasDays), days(isDays))...), nil
}

func days(n int) string { return fmt.Sprintf("%d days", n) }

type ownershipDocument struct {
	OwnershipControls struct {
		Rules []struct{ ObjectOwnership string }
	}
}

// ownership: without controls the uploader owns its objects.
func (d *ownershipDocument) ownership() string {
	if len(d.OwnershipControls.Rules) == 0 {
		return "ObjectWriter"
	}
	return d.OwnershipControls.Rules[0].ObjectOwnership
}

func compareOwnership(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[ownershipDocument](before, after)
	if err != nil {
		return nil, err
	}
	return onLadder("/OwnershipControls/Rules/0/ObjectOwnership", "object ownership", b.ownership(), a.ownership(),
		"ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"), nil
}

type accessLogDocument struct {
	LoggingEnabled *struct{ TargetBucket, TargetPrefix string }
}

func (d *accessLogDocument) target() string {
	if d.LoggingEnabled == nil {
		return ""
	}
	return "s3://" + d.LoggingEnabled.TargetBucket + "/" + d.LoggingEnabled.TargetPrefix
}

func compareAccessLog(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[accessLogDocument](before, after)
	if err != nil {
		return nil, err
	}
	return ranked("/LoggingEnabled", "the target of access logs", own(b.target()), own(a.target()), b.target(), a.target()), nil
}

type aclDocument struct {
	Owner  struct{ ID string }
	Grants []struct {
		Grantee    struct{ ID, URI, EmailAddress, Type string }
		Permission string
	}
}

func (d *aclDocument) grants() []string {
	var list []string
	for _, grant := range d.Grants {
		who := or(grant.Grantee.URI, or(grant.Grantee.ID, grant.Grantee.EmailAddress))
		list = append(list, grant.Permission+" to "+who)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// compareACL: an access control list grants access as a policy does.
func compareACL(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[aclDocument](before, after)
	if err != nil {
		return nil, err
	}
	details := ranked("/Owner/ID", "the owner", 0, 0, b.Owner.ID, a.Owner.ID)
	was, is := b.grants(), a.grants()
	for _, grant := range is {
		if !slices.Contains(was, grant) {
			details = append(details, detail{"/Grants", "", grant, scanner.EffectWidened, "grants " + grant + " now and did not before"})
		}
	}
	for _, grant := range was {
		if !slices.Contains(is, grant) {
			details = append(details, detail{"/Grants", grant, "", scanner.EffectNarrowed, "granted " + grant + " before and does no longer"})
		}
	}
	return details, nil
}
