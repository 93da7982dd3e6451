package resource

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// settings are the types of resources that are one document of a bucket, or of an
// account.
func (r *Reader) settings() map[string]func(Values) []doc {
	none := absence{none: true}
	return map[string]func(Values) []doc{
		"aws_s3_bucket_policy": func(v Values) []doc {
			return []doc{doc{kind: document.KindBucketPolicy, of: r.bucket(v, "bucket"), absence: none}.policy(v, "policy")}
		},
		"aws_s3_bucket_public_access_block": r.setting(document.KindPublicAccessBlock, accessBlock, none,
			"block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"),
		"aws_s3_account_public_access_block": r.accountAccessBlock,
		"aws_s3_bucket_versioning": r.setting(document.KindVersioning, versioning,
			absence{text: document.Encode(document.Versioning{Status: "Suspended"})}, "versioning_configuration"),
		"aws_s3_bucket_server_side_encryption_configuration": r.setting(document.KindEncryption, encryption, absence{text: ownEncryption()}, "rule"),
		"aws_s3_bucket_ownership_controls":                   r.setting(document.KindOwnership, ownership, none, "rule"),
		"aws_s3_bucket_object_lock_configuration":            r.setting(document.KindObjectLock, objectLock, absence{}, "object_lock_enabled", "rule"),
		"aws_s3_bucket_logging": r.setting(document.KindAccessLog, accessLog,
			absence{text: document.Encode(document.AccessLog{})}, "target_bucket", "target_prefix"),
		"aws_s3_bucket_request_payment_configuration": r.setting(document.KindRequestPayment, requestPayment,
			absence{text: document.Encode(document.RequestPayment{Payer: "BucketOwner"})}, "payer"),
		"aws_s3_bucket_lifecycle_configuration":   r.setting(document.KindLifecycle, lifecycle, none, "rule"),
		"aws_s3_bucket_replication_configuration": r.setting(document.KindReplication, replication, none, "role", "rule"),
		"aws_s3_bucket_acl":                       r.acl,
	}
}

// setting is a document of a bucket that a resource is. The attributes are those
// that translate reads.
func (r *Reader) setting(kind document.Kind, translate func(Values) any, gone absence, attributes ...string) func(Values) []doc {
	return func(v Values) []doc {
		d := doc{kind: kind, of: r.bucket(v, "bucket"), absence: gone}
		d.text, d.why = v.all(attributes...)
		if d.why != "" {
			return []doc{d}
		}
		if setting := translate(v); setting != nil {
			d.text = document.Encode(setting)
		} else {
			d.why = "its values are of a form that is not known here"
		}
		return []doc{d}
	}
}

func accessBlock(v Values) any {
	is := func(name string) bool { on, _ := v.of(name).value.(bool); return on }
	return document.PublicAccessBlock{Configuration: &document.AccessBlock{
		BlockPublicAcls: is("block_public_acls"), IgnorePublicAcls: is("ignore_public_acls"),
		BlockPublicPolicy: is("block_public_policy"), RestrictPublicBuckets: is("restrict_public_buckets"),
	}}
}

// accountAccessBlock is the setting of an account: of the one that the plan names,
// or that everything in it is of.
func (r *Reader) accountAccessBlock(v Values) []doc {
	docs := r.setting(document.KindAccountAccessBlock, accessBlock, absence{none: true},
		"block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")(v)
	account := v.text("account_id").text
	if account == "" {
		account = r.account
	}
	of := target{name: "account/" + account, is: func(resource string) bool { return strings.HasSuffix(resource, ":::account/"+account) }}
	if account == "" {
		of = target{name: "some account", why: "the plan does not tell which account it is of", is: func(string) bool { return true }}
	}
	docs[0].of = of
	return docs
}

func versioning(v Values) any {
	var blocks []struct {
		Status    string `json:"status"`
		MFADelete string `json:"mfa_delete"`
	}
	if !v.of("versioning_configuration").into(&blocks) || len(blocks) != 1 {
		return nil
	}
	status := blocks[0].Status
	if status == "Disabled" { // Terraform's word for never having been on
		status = ""
	}
	return document.Versioning{Status: status, MFADelete: blocks[0].MFADelete}
}

func encryption(v Values) any {
	var rules []struct {
		Default []struct {
			Algorithm string `json:"sse_algorithm"`
			Key       string `json:"kms_master_key_id"`
		} `json:"apply_server_side_encryption_by_default"`
		BucketKey bool     `json:"bucket_key_enabled"`
		Blocked   []string `json:"blocked_encryption_types"`
	}
	if !v.of("rule").into(&rules) || len(rules) == 0 {
		return nil
	}
	configuration := document.EncryptionConfiguration{}
	for _, rule := range rules {
		out := document.EncryptionRule{BucketKeyEnabled: rule.BucketKey}
		for _, by := range rule.Default {
			out.Default = &document.EncryptionDefault{SSEAlgorithm: by.Algorithm, KMSMasterKeyID: by.Key}
		}
		if len(rule.Blocked) > 0 {
			out.Blocked = &document.BlockedEncryption{Types: slices.Sorted(slices.Values(rule.Blocked))}
		}
		configuration.Rules = append(configuration.Rules, out)
	}
	return document.Encryption{Configuration: &configuration}
}

// ownEncryption is what S3 falls back to.
func ownEncryption() string {
	return document.Encode(document.Encryption{Configuration: &document.EncryptionConfiguration{
		Rules: []document.EncryptionRule{{Default: &document.EncryptionDefault{SSEAlgorithm: "AES256"}}},
	}})
}

func ownership(v Values) any {
	var rules []struct {
		Ownership string `json:"object_ownership"`
	}
	if !v.of("rule").into(&rules) || len(rules) == 0 {
		return nil
	}
	return document.Ownership{Controls: &document.OwnershipControls{Rules: []document.OwnershipRule{{ObjectOwnership: rules[0].Ownership}}}}
}

func objectLock(v Values) any {
	var rules []struct {
		Retention []struct {
			Mode  string `json:"mode"`
			Days  int32  `json:"days"`
			Years int32  `json:"years"`
		} `json:"default_retention"`
	}
	if !v.of("rule").into(&rules) {
		return nil
	}
	var lock document.ObjectLock
	lock.Configuration.Enabled = document.StatusEnabled // the attribute's only value
	for _, rule := range rules {
		for _, r := range rule.Retention {
			lock.Configuration.Rule = &document.ObjectLockRule{DefaultRetention: document.Retention{Mode: r.Mode, Days: r.Days, Years: r.Years}}
		}
	}
	return lock
}

func accessLog(v Values) any {
	return document.AccessLog{LoggingEnabled: &document.AccessLogTarget{
		TargetBucket: v.text("target_bucket").text, TargetPrefix: v.text("target_prefix").text,
	}}
}

func requestPayment(v Values) any { return document.RequestPayment{Payer: v.text("payer").text} }

// s3Bucket are the settings that old configurations write into the bucket itself.
// But for its policy and its access control list, a change of them is unknown.
func (r *Reader) s3Bucket(v Values) []doc {
	of := r.bucket(v, "bucket")
	var docs []doc
	if a := v.text("policy"); a.state != absent {
		docs = append(docs, doc{kind: document.KindBucketPolicy, of: of, absence: absence{none: true}}.policy(v, "policy"))
	}
	docs = append(append(docs, r.bucketACL(v)...), bucketTags(v, of)...)
	for _, inline := range []struct {
		attributes []string
		kind       document.Kind
	}{
		{[]string{"lifecycle_rule"}, document.KindLifecycle},
		{[]string{"logging"}, document.KindAccessLog},
		{[]string{"object_lock_configuration", "object_lock_enabled"}, document.KindObjectLock},
		{[]string{"replication_configuration"}, document.KindReplication},
		{[]string{"request_payer"}, document.KindRequestPayment},
		{[]string{"server_side_encryption_configuration"}, document.KindEncryption},
		{[]string{"versioning"}, document.KindVersioning},
	} {
		d := doc{kind: inline.kind, of: of, opaque: true}
		d.text, d.why = v.all(inline.attributes...)
		docs = append(docs, d)
	}
	return docs
}
