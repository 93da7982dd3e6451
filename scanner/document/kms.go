package document

import (
	"cmp"
	"time"

	"github.com/trailguard/trailguard/scanner/iam"
)

// The kinds of evidence about the key that a bucket encrypts with.
const (
	KindKey       Kind = "key" // Key
	KindKeyPolicy Kind = "key_policy"
)

func kmsRows() []row {
	return []row{
		{kind: KindKey, noun: "key", file: "key", subject: SubjectKey, aspect: AspectProtection, member: [2]string{"KeyMetadata", "KeyState"}, limit: settingLimit},
		{kind: KindKeyPolicy, noun: "key policy", file: "key-policy", subject: SubjectKey, aspect: AspectAccess, policy: new(iam.ResourcePolicy), limit: 32 * kb},
	}
}

// Key is a KMS key without its policy.
type Key struct {
	Metadata *KeyMetadata `json:"KeyMetadata"`
}

// KeyMetadata is what KMS says about a key.
type KeyMetadata struct {
	AWSAccountID string     `json:"AWSAccountId"`
	KeyID        string     `json:"KeyId"`
	ARN          string     `json:"Arn"`
	CreationDate *time.Time `json:"CreationDate,omitempty"`
	Enabled      bool       `json:"Enabled"`
	KeyUsage     string     `json:"KeyUsage,omitempty"`
	KeyState     string     `json:"KeyState"`
	DeletionDate *time.Time `json:"DeletionDate,omitempty"`
	Origin       string     `json:"Origin,omitempty"`
	KeyManager   string     `json:"KeyManager,omitempty"`
	KeySpec      string     `json:"KeySpec,omitempty"`
	MultiRegion  bool       `json:"MultiRegion"`
}

// Valid says that the text tells the key's state.
func (d *Key) Valid() bool { return d.Metadata != nil && d.Metadata.KeyState != "" }

// Unrecognised implements Recogniser.
func (d *Key) Unrecognised() string {
	if d.Metadata == nil {
		return ""
	}
	return cmp.Or(
		among("KeyState", d.Metadata.KeyState, keyEnabled, keyUpdating, "Creating", "Disabled", "PendingDeletion", "PendingImport",
			"PendingReplicaDeletion", "Unavailable"),
		among("KeyManager", d.Metadata.KeyManager, "", "AWS", "CUSTOMER"),
		among("KeyUsage", d.Metadata.KeyUsage, "", keyEncrypts, "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "SIGN_VERIFY"),
	)
}

const (
	keyEnabled = "Enabled"
	// keyUpdating is a key of several regions whose primary is being moved. It
	// works as before.
	keyUpdating  = "Updating"
	keyEncrypts  = "ENCRYPT_DECRYPT"
	keySymmetric = "SYMMETRIC_DEFAULT"
)

// Works says that the key's state lets it be used.
func (m *KeyMetadata) Works() bool { return m.KeyState == keyEnabled || m.KeyState == keyUpdating }

// Unfit says why S3 cannot encrypt with a key of this sort, whatever its state;
// empty where it can. S3 takes symmetric keys that encrypt, and no others.
func (m *KeyMetadata) Unfit() string {
	return cmp.Or(among("KeyUsage", m.KeyUsage, "", keyEncrypts), among("KeySpec", m.KeySpec, "", keySymmetric))
}
