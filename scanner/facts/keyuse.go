package facts

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// objectContextKey tells what S3 encrypts.
const objectContextKey = "kms:EncryptionContext:aws:s3:arn"

// keyUse is whether the writer may have S3 encrypt its uploads with the
// bucket's key: kms:GenerateDataKey under the context that S3 sends.
func (e *export) keyUse() *fact.Of[fact.KeyUse] { return e.useOfKey("kms:GenerateDataKey") }

// keyDecrypt is whether the writer may have S3 decrypt what it uploaded, as
// S3 does to complete an upload in several parts.
func (e *export) keyDecrypt() *fact.Of[fact.KeyUse] {
	if use := e.useRead(); use.State == scanner.FactKnown && !use.Value.Granted {
		return fact.Unresolved[fact.KeyUse](fact.NotApplicable(e.BucketARN, "the writer may not use the key at all"))
	}
	return e.useOfKey("kms:Decrypt")
}

// useOfKey is whether the writer may do an action with the bucket's key.
func (e *export) useOfKey(action string) *fact.Of[fact.KeyUse] {
	k, status, ok := e.customerKey()
	if !ok {
		return fact.Unresolved[fact.KeyUse](status)
	}
	if status, ok := e.writerStatus(e.BucketARN); !ok {
		return fact.Unresolved[fact.KeyUse](status)
	}
	value := fact.KeyUse{Key: k.key, Writer: e.Writer.ARN, Missing: []string{}}
	refuse := func(why string, refs ...string) *fact.Of[fact.KeyUse] {
		value.Missing = []string{why}
		value.At = scanner.At(k.ref, encryptionPointer)
		return fact.Known(value, fact.Rests(e.BucketARN, append([]string{k.ref}, refs...), fact.Note(value.At, why)))
	}
	if e.Policies.WriterMissing {
		return refuse("the "+e.Writer.Kind()+" "+e.Writer.ARN+" does not exist", e.Policies.MissingRef)
	}
	key := e.keyDocument()
	if k.managed() || key.manager == "AWS" {
		return e.managedKeyUse(&k, value)
	}
	if key.missing {
		return refuse("KMS answered that there is no such key", key.ref)
	}
	if !k.isARN() || k.isAlias() {
		// S3 looks such a key up in the account of whoever uploads.
		cross, decided, gap := e.crossAccount()
		switch {
		case !decided:
			return fact.Unresolved[fact.KeyUse](fact.Unknown(e.BucketARN, proof.Because("whether the writer and the bucket share an account", &gap), gap))
		case cross:
			return refuse("the bucket names its key as " + k.key + ", which S3 looks up in the writer's own account: name it by its key ARN")
		}
	}
	return e.askKey(action, &k, &key, value)
}

// managedKeyUse is about the AWS managed key: its policy lets everybody of its
// account use it through S3, and nobody else.
func (e *export) managedKeyUse(k *bucketKey, value fact.KeyUse) *fact.Of[fact.KeyUse] {
	cross, decided, gap := e.crossAccount()
	if !decided {
		return fact.Unresolved[fact.KeyUse](fact.Unknown(e.BucketARN, proof.Because("whether the writer and the bucket share an account", &gap), gap))
	}
	text := "the writer is in the account of the AWS managed key, which lets it be used through S3"
	value.Granted = !cross
	value.At = scanner.At(k.ref, encryptionPointer)
	if cross {
		text = "the bucket encrypts with the AWS managed key, which other accounts cannot use: encrypt with a customer managed key"
		value.Missing = []string{text}
	}
	return fact.Known(value, fact.Rests(e.BucketARN, []string{k.ref}, fact.Note(value.At, text)))
}

// crossAccount says whether writer and bucket are in different accounts, and
// whether that is known.
func (e *export) crossAccount() (cross, decided bool, gap scanner.Gap) {
	owner, l := e.BucketAccount()
	if owner == "" {
		return false, false, l.Gap
	}
	return owner != iam.AccountOf(e.Writer.ARN), true, scanner.Gap{}
}

func (e *export) askKey(action string, k *bucketKey, key *keyInfo, value fact.KeyUse) *fact.Of[fact.KeyUse] {
	arn := e.keyARN(k, key)
	if arn == "" {
		gap := e.GapOf(document.KindKey)
		return fact.Unresolved[fact.KeyUse](fact.Unknown(e.BucketARN, proof.Because("the ARN of the key "+k.key, &gap), gap))
	}
	policy := e.keyPolicyOf(arn)
	p := view.ParseARN(arn)
	q := view.Question{Name: "key policy", Resource: policy}
	q.Request = e.keyRequest(action, arn, p.Account)
	if !k.bucketKey {
		q.ObjectPrefix = e.BucketARN + "/" + e.Config.Prefix()
	}
	r, by := e.askWithGrants(&q)
	what := "whether the writer may use the key"
	if action != "kms:GenerateDataKey" {
		what = "whether the writer may " + action + " with the key"
	}
	status, decided := e.ruled(&r, what, append([]string{policy.Ref, k.ref, key.ref}, by.refs...))
	if !decided {
		return fact.Unresolved[fact.KeyUse](status)
	}
	status.Reasons = append(by.reasons, status.Reasons...)
	value.Granted, value.Denied = r.Verdict == iam.Yes, r.ExplicitDeny
	if !value.Granted {
		value.Missing = fact.NonNil(r.Missing)
	}
	switch region := e.Region(); {
	case region == "" && value.Granted:
		// S3 uses no key of another region.
		gap := e.GapOf(document.KindBucket)
		return fact.Unresolved[fact.KeyUse](fact.Unknown(e.BucketARN,
			"whether the key is in the bucket's region: "+proof.Because("the bucket's region", &gap), gap))
	case region != "" && p.Region != region:
		value.Granted = false
		value.Missing = append(value.Missing, "the key is in "+p.Region+" and the bucket in "+region)
	}
	value.At = e.whereDecided(&status, &r, "key policy", policy)
	return fact.Known(value, status)
}

// keyPolicyOf is the policy of a customer's key. Every key has one: that there is
// none is no answer.
func (e *export) keyPolicyOf(arn string) view.Slot {
	policy := e.ResourcePolicy(document.KindKeyPolicy, "key policy")
	if policy.Gap == nil && policy.Policy == nil {
		gap := proof.Undetermined(document.KindKeyPolicy, arn, "KMS said that the key has no policy, which every key has")
		policy.Gap = &gap
	}
	return policy
}

// keyARN is the key's ARN: as KMS gave it, else as the bucket names it.
func (e *export) keyARN(k *bucketKey, key *keyInfo) string {
	for _, arn := range []string{key.arn, k.key, e.Look(document.KindKeyPolicy).Resource()} {
		if p := view.ParseARN(arn); p.Service == "kms" && strings.HasPrefix(p.Resource, "key/") && iam.IsAccountID(p.Account) {
			return arn
		}
	}
	return ""
}

// keyRequest is the request that S3 makes of KMS in the writer's name. The
// encryption context is the bucket, which holds where it has a bucket key.
func (e *export) keyRequest(action, arn, account string) iam.Request {
	given := map[string]string{
		"kms:CallerAccount":         iam.AccountOf(e.Writer.ARN),
		objectContextKey:            e.BucketARN,
		"kms:EncryptionContextKeys": "aws:s3:arn",
	}
	region := e.Region()
	if region != "" {
		given["kms:ViaService"] = "s3." + region + "." + dnsSuffix(view.ParseARN(e.BucketARN).Partition)
	}
	req := e.WriterRequest(keys.RoleKeyUse, keys.UserKeyUse, action, arn, account, given)
	if region == "" {
		req.AlwaysPresent = []string{"kms:ViaService"}
	}
	return req
}

// dnsSuffix is the domain of a partition's services, as kms:ViaService has it.
func dnsSuffix(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-eusc":
		return "amazonaws.eu"
	default:
		return "amazonaws.com"
	}
}
