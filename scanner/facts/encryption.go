package facts

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// bucketKey is what the bucket's default encryption encrypts with.
type bucketKey struct {
	ref       string
	algorithm string // empty: none configured
	withKMS   bool   // a KMS key takes part
	key       string // as configured
	bucketKey bool   // the encryption context is the bucket's ARN
	refuses   bool   // uploads with a key of their own
}

// managed says that the key is the AWS managed one by its very form: none
// named, or the alias of it.
func (k *bucketKey) managed() bool {
	return k.withKMS && (k.key == "" || strings.HasSuffix(k.key, "alias/aws/s3"))
}

// isARN says that the key is named with its account. A bare id or alias is
// looked up in the account of whoever uploads.
func (k *bucketKey) isARN() bool { return strings.HasPrefix(k.key, "arn:") }

// isAlias says that the key is named by an alias, which can be pointed elsewhere.
func (k *bucketKey) isAlias() bool {
	return strings.HasPrefix(k.key, "alias/") || strings.HasPrefix(view.ParseARN(k.key).Resource, "alias/")
}

// bucketEncryption reads the bucket's default encryption.
func (e *export) bucketEncryption() (bucketKey, scanner.Gap, bool) {
	l := e.Look(document.KindEncryption)
	if l.Doc == nil {
		return bucketKey{}, l.Gap, false
	}
	k := bucketKey{ref: l.Ref()}
	if l.Absent() {
		return k, scanner.Gap{}, true
	}
	doc, gap := view.Decode(e.Run, l, (*document.Encryption).Valid)
	if gap != nil {
		return k, *gap, false
	}
	byDefault, rule := doc.Deciding()
	k.algorithm, k.withKMS = byDefault.SSEAlgorithm, byDefault.KMS()
	k.key, k.bucketKey, k.refuses = byDefault.KMSMasterKeyID, rule.BucketKeyEnabled, doc.BlocksCustomerKeys()
	return k, scanner.Gap{}, true
}

func (e *export) encryption() *fact.Of[fact.Encryption] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.Encryption](status)
	}
	k, gap, ok := e.bucketEncryption()
	if !ok {
		return fact.Unresolved[fact.Encryption](fact.Unknown(e.BucketARN, proof.Because("the bucket's default encryption", &gap), gap))
	}
	value := fact.Encryption{
		Bucket: e.Config.Endpoint.Bucket, Configured: k.algorithm != "", Algorithm: k.algorithm,
		Key: k.key, Expected: e.Expect.Encryption, RefusesCustomerKeys: k.refuses,
	}
	status := fact.Rests(e.BucketARN, []string{k.ref}, fact.Note(scanner.At(k.ref, encryptionPointer), encryptionText(&k)))
	if k.refuses {
		status.Reasons = append(status.Reasons, fact.Note(scanner.At(k.ref, "/ServerSideEncryptionConfiguration/Rules/0/BlockedEncryptionTypes"),
			"S3 refuses uploads that bring a key of their own (SSE-C), as those of Immuta never do"))
	}
	if k.withKMS && !k.managed() {
		key := e.keyDocument()
		if key.gap != nil && e.Expect.Encryption == "aws:kms" {
			// Only where a customer's key is demanded does it matter whose key
			// the named one is.
			return fact.Unresolved[fact.Encryption](fact.Unknown(e.BucketARN, proof.Because("whether "+k.key+" is a customer's key", key.gap), *key.gap))
		}
		value.CustomerKey = key.customer()
		if key.ref != "" {
			status.Evidence = append(status.Evidence, key.ref)
		}
	}
	return fact.Known(value, status)
}

const encryptionPointer = "/ServerSideEncryptionConfiguration/Rules/0/ApplyServerSideEncryptionByDefault"

func encryptionText(k *bucketKey) string {
	switch {
	case k.algorithm == "":
		return "the bucket has no default encryption"
	case !k.withKMS:
		return "the bucket encrypts with " + k.algorithm
	case k.managed():
		return fmt.Sprintf("the bucket encrypts with %s and the AWS managed key", k.algorithm)
	default:
		return fmt.Sprintf("the bucket encrypts with %s and the key %s", k.algorithm, k.key)
	}
}

// keyInfo is what is known of the bucket's key.
type keyInfo struct {
	gap     *scanner.Gap // set: nothing
	ref     string
	missing bool // KMS answered that there is no such key
	arn     string
	state   string
	works   bool   // its state lets it be used
	unfit   string // why S3 cannot encrypt with such a key; empty: it can
	manager string
	// metadata is all that KMS says; nil where there is no such key.
	metadata *document.KeyMetadata
}

func (k *keyInfo) customer() bool { return k.manager == "CUSTOMER" }

// keyNotFound is the state of a key that KMS says does not exist. KMS itself
// has no such state.
const keyNotFound = "NotFound"

func (e *export) keyDocument() keyInfo {
	l := e.Look(document.KindKey)
	if l.Doc == nil {
		return keyInfo{gap: &l.Gap}
	}
	if l.Absent() {
		return keyInfo{ref: l.Ref(), missing: true, arn: l.Doc.Resource, state: keyNotFound}
	}
	doc, gap := view.Decode(e.Run, l, (*document.Key).Valid)
	if gap != nil {
		return keyInfo{gap: gap}
	}
	m := doc.Metadata
	info := keyInfo{ref: l.Ref(), arn: m.ARN, state: m.KeyState, works: m.Works(), unfit: m.Unfit(), manager: m.KeyManager, metadata: m}
	if info.arn == "" {
		info.arn = l.Doc.Resource
	}
	return info
}

// customerKey says whether the bucket encrypts with a customer's key. Where it
// does not, or that is not known, the status is that of the facts about the key.
func (e *export) customerKey() (bucketKey, scanner.FactStatus, bool) {
	if status, ok := e.BucketIsThere(); !ok {
		return bucketKey{}, status, false
	}
	k, gap, ok := e.bucketEncryption()
	switch {
	case !ok:
		return k, fact.Unknown(e.BucketARN, proof.Because("the bucket's default encryption", &gap), gap), false
	case k.algorithm == "":
		return k, fact.NotApplicable(e.BucketARN, "the bucket has no default encryption"), false
	case !k.withKMS:
		return k, fact.NotApplicable(e.BucketARN, "the bucket encrypts with "+k.algorithm+", without a KMS key"), false
	}
	return k, scanner.FactStatus{}, true
}
