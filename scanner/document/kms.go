package document

import (
	"cmp"
	"time"

	"github.com/trailguard/trailguard/scanner/iam"
)

// The kinds of evidence about the key that a bucket encrypts with.
const (
	KindKey         Kind = "key" // Key
	KindKeyPolicy   Kind = "key_policy"
	KindKeyRotation Kind = "key_rotation" // KeyRotation
	KindKeyGrants   Kind = "key_grants"   // KeyGrants
)

func kmsRows() []row {
	return []row{
		{kind: KindKey, noun: "key", file: "key", subject: SubjectKey, aspect: AspectProtection, but: []string{"CreationDate"}, limit: settingLimit}, // the ARN tells it from one made later
		{kind: KindKeyPolicy, noun: "key policy", file: "key-policy", subject: SubjectKey, aspect: AspectAccess, policy: new(iam.ResourcePolicy), limit: 32 * kb},
		{kind: KindKeyGrants, noun: "key's grants", file: "key-grants", subject: SubjectKey, aspect: AspectAccess, limit: ruleLimit},
		{kind: KindKeyRotation, noun: "key rotation", file: "key-rotation", subject: SubjectKey, aspect: AspectProtection, limit: settingLimit},
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
	// ExpirationModel and ValidTo are those of imported material.
	ExpirationModel string     `json:"ExpirationModel,omitempty"`
	ValidTo         *time.Time `json:"ValidTo,omitempty"`
	KeyManager      string     `json:"KeyManager,omitempty"`
	KeySpec         string     `json:"KeySpec,omitempty"`
	MultiRegion     bool       `json:"MultiRegion"`
}

// Valid says that the text tells the key's state.
func (d *Key) Valid() bool { return d.Metadata != nil && d.Metadata.KeyState != "" }

// Unrecognised implements Recogniser.
func (d *Key) Unrecognised() string {
	if d.Metadata == nil {
		return ""
	}
	return cmp.Or(
		among("KeyState", d.Metadata.KeyState, keyEnabled, keyUpdating, "Creating", keyDisabled, keyPendingDeletion, keyPendingImport,
			keyPendingReplicas, "Unavailable"),
		among("KeyManager", d.Metadata.KeyManager, "", "AWS", "CUSTOMER"),
		among("KeyUsage", d.Metadata.KeyUsage, "", keyEncrypts, "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "SIGN_VERIFY"),
	)
}

const (
	keyEnabled  = "Enabled"
	keyDisabled = "Disabled"
	// keyUpdating is a key of several regions whose primary is being moved. It
	// works as before.
	keyUpdating        = "Updating"
	keyPendingDeletion = "PendingDeletion"
	// keyPendingReplicas is a key of several regions that is scheduled for deletion,
	// once its replicas are gone.
	keyPendingReplicas = "PendingReplicaDeletion"
	// keyPendingImport is a key whose material was never imported, or is gone.
	keyPendingImport = "PendingImport"
	keyEncrypts      = "ENCRYPT_DECRYPT"
	keySymmetric     = "SYMMETRIC_DEFAULT"

	originKMS      = "AWS_KMS" // KMS made the material
	originImported = "EXTERNAL"
	originHSM      = "AWS_CLOUDHSM"
	originStore    = "EXTERNAL_KEY_STORE"
	materialStays  = "KEY_MATERIAL_DOES_NOT_EXPIRE"
	materialGoes   = "KEY_MATERIAL_EXPIRES"
)

// Works says that the key's state lets it be used.
func (m *KeyMetadata) Works() bool { return m.KeyState == keyEnabled || m.KeyState == keyUpdating }

// Doomed says that the key is scheduled for deletion.
func (m *KeyMetadata) Doomed() bool {
	return m.KeyState == keyPendingDeletion || m.KeyState == keyPendingReplicas
}

// Revivable says that somebody switched the key off, or scheduled its deletion, and
// may undo that.
func (m *KeyMetadata) Revivable() bool { return m.KeyState == keyDisabled || m.Doomed() }

// Revive makes it the description of the key once that is undone.
func (m *KeyMetadata) Revive() { m.KeyState, m.Enabled, m.DeletionDate = keyEnabled, true, nil }

// Empty says that the key has no material.
func (m *KeyMetadata) Empty() bool { return m.KeyState == keyPendingImport }

// Expires is when KMS deletes the key's material, which it does with imported
// material alone, and only where whoever imported it said so: nil where it does
// not. It names what is not known where the text leaves that open.
func (m *KeyMetadata) Expires() (at *time.Time, open string) {
	switch {
	case m.Origin == "":
		return nil, "KMS did not tell whether the key's material was imported"
	case m.Origin != originImported:
		return nil, among("Origin", m.Origin, originKMS, originHSM, originStore)
	case m.ExpirationModel == materialGoes && m.ValidTo != nil:
		return m.ValidTo, ""
	case m.ExpirationModel == "" || m.ExpirationModel == materialGoes:
		return nil, "the key's material was imported, and what was read does not tell when it expires; collect a new snapshot"
	}
	return nil, among("ExpirationModel", m.ExpirationModel, materialStays)
}

// Unfit says why S3 cannot encrypt with a key of this sort, whatever its state;
// empty where it can. S3 takes symmetric keys that encrypt, and no others.
func (m *KeyMetadata) Unfit() string {
	return cmp.Or(among("KeyUsage", m.KeyUsage, "", keyEncrypts), among("KeySpec", m.KeySpec, "", keySymmetric))
}

// Unrotatable says in a clause why KMS rotates no key of this sort by itself; empty
// where it can. It names what is not known where the text leaves that open.
func (m *KeyMetadata) Unrotatable() (why, open string) {
	if unfit := m.Unfit(); unfit != "" {
		return "KMS rotates symmetric keys that encrypt, and this one has " + unfit, ""
	}
	switch m.Origin {
	case originKMS:
		return "", ""
	case originImported:
		return "its material was imported", ""
	case originHSM, originStore:
		return "its material is in a key store outside of KMS", ""
	case "":
		return "", "KMS did not tell where the key's material comes from"
	}
	return "", among("Origin", m.Origin)
}

// KeyRotation is whether KMS makes new material for a key by itself. What the key
// encrypted before can be read as ever.
type KeyRotation struct {
	Enabled    *bool `json:"KeyRotationEnabled"`
	PeriodDays int32 `json:"RotationPeriodInDays,omitempty"`
}

// Valid says that the text tells whether the key is rotated.
func (d *KeyRotation) Valid() bool { return d.Enabled != nil }
