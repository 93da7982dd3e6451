package document

import (
	"slices"
)

// Encryption is a bucket's default encryption.
type Encryption struct {
	Configuration *EncryptionConfiguration `json:"ServerSideEncryptionConfiguration"`
}

// EncryptionConfiguration holds one rule.
type EncryptionConfiguration struct {
	Rules []EncryptionRule `json:"Rules"`
}

// EncryptionRule says how objects are encrypted unless their upload says
// otherwise.
type EncryptionRule struct {
	Default          *EncryptionDefault `json:"ApplyServerSideEncryptionByDefault,omitempty"`
	BucketKeyEnabled bool               `json:"BucketKeyEnabled"`
	Blocked          *BlockedEncryption `json:"BlockedEncryptionTypes,omitempty"`
}

// BlockedEncryption are the types of encryption with which S3 refuses uploads:
// SSE-C, with a key that whoever uploads brings. NONE alone says that there are none.
type BlockedEncryption struct {
	Types []string `json:"EncryptionType"` // sorted
}

const (
	blockedNone = "NONE"
	blockedSSEC = "SSE-C"
)

// EncryptionDefault is an algorithm and, with KMS, its key as configured: an
// ARN, an id or an alias.
type EncryptionDefault struct {
	SSEAlgorithm   string `json:"SSEAlgorithm"`
	KMSMasterKeyID string `json:"KMSMasterKeyID,omitempty"`
}

// Valid reports whether the text holds a configuration.
func (d *Encryption) Valid() bool { return d.Configuration != nil }

// Unrecognised implements Recogniser.
func (d *Encryption) Unrecognised() string {
	if d.Configuration == nil {
		return ""
	}
	return first(d.Configuration.Rules, func(r *EncryptionRule) string {
		if r.Blocked != nil {
			// Another type may be one that uploads rely on.
			if found := first(r.Blocked.Types, func(of *string) string { return among("EncryptionType", *of, blockedNone, blockedSSEC) }); found != "" {
				return found
			}
		}
		if r.Default == nil {
			return ""
		}
		return among("SSEAlgorithm", r.Default.SSEAlgorithm, "", "AES256", sseKMS, sseKMSDual)
	})
}

// The algorithms that encrypt with a KMS key.
const (
	sseKMS     = "aws:kms"
	sseKMSDual = "aws:kms:dsse"
)

// KMS reports whether the algorithm uses a KMS key.
func (d *EncryptionDefault) KMS() bool {
	return d.SSEAlgorithm == sseKMS || d.SSEAlgorithm == sseKMSDual
}

// Deciding returns the rule that decides, with a default that may be empty.
func (d *Encryption) Deciding() (EncryptionDefault, EncryptionRule) {
	if d.Configuration == nil || len(d.Configuration.Rules) == 0 {
		return EncryptionDefault{}, EncryptionRule{}
	}
	for _, rule := range d.Configuration.Rules {
		if rule.Default != nil {
			return *rule.Default, rule
		}
	}
	return EncryptionDefault{}, d.Configuration.Rules[0]
}

// BlocksCustomerKeys says that S3 refuses uploads that are encrypted with a key of
// whoever uploads, which nobody else can read.
func (d *Encryption) BlocksCustomerKeys() bool {
	return d.Configuration != nil && slices.ContainsFunc(d.Configuration.Rules, func(r EncryptionRule) bool {
		return r.Blocked != nil && slices.Contains(r.Blocked.Types, blockedSSEC)
	})
}
