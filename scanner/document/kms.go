package document

import (
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
		{kind: KindKey, noun: "key", file: "key", subject: SubjectKey, aspect: AspectProtection, member: [2]string{"KeyMetadata", "KeyState"}},
		{kind: KindKeyPolicy, noun: "key policy", file: "key-policy", subject: SubjectKey, aspect: AspectAccess, policy: new(iam.ResourcePolicy)},
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
