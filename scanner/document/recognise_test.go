package document_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/document"
)

// TestEnumerationsThatAWSMayExtend puts every value that AWS documents, and
// some that it does not, into each member that something is concluded from.
func TestEnumerationsThatAWSMayExtend(t *testing.T) {
	for _, tt := range []struct {
		into   document.Recogniser
		text   string // with a place for the value
		member string
		known  []string
	}{
		{&document.Encryption{}, `{"ServerSideEncryptionConfiguration":{"Rules":[{},{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":%q}}]}}`, "SSEAlgorithm", []string{"AES256", "aws:kms", "aws:kms:dsse"}},
		{&document.Versioning{}, `{"Status":%q}`, "Status", []string{"", "Enabled", "Suspended"}},
		{&document.Versioning{}, `{"Status":"Enabled","MFADelete":%q}`, "MFADelete", []string{"", "Enabled", "Disabled"}},
		{&document.ObjectLock{}, `{"ObjectLockConfiguration":{"ObjectLockEnabled":%q}}`, "ObjectLockEnabled", []string{"Enabled"}},
		{&document.ObjectLock{}, `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":%q,"Days":1}}}}`, "Mode", []string{"GOVERNANCE", "COMPLIANCE"}},
		{&document.Lifecycle{}, `{"Rules":[{"Status":"Enabled"},{"Status":%q}]}`, "Status", []string{"Enabled", "Disabled"}},
		{&document.Replication{}, `{"ReplicationConfiguration":{"Rules":[{"Status":%q}]}}`, "Status", []string{"Enabled", "Disabled"}},
		{&document.Replication{}, `{"ReplicationConfiguration":{"Rules":[{"Status":"Enabled","Destination":{"AccessControlTranslation":{"Owner":%q}}}]}}`, "Owner", []string{"Destination"}},
		{&document.Ownership{}, `{"OwnershipControls":{"Rules":[{"ObjectOwnership":%q}]}}`, "ObjectOwnership", []string{"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}},
		{&document.RequestPayment{}, `{"Payer":%q}`, "Payer", []string{"BucketOwner", "Requester"}},
		{&document.ACLGrant{}, `{"Permission":%q}`, "Permission", []string{"FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"}},
		{&document.ACLGrant{}, `{"Permission":"READ","Grantee":{"Type":%q}}`, "Type", []string{"", "AmazonCustomerByEmail", "CanonicalUser", "Group"}},
		{&document.ACLGrant{}, `{"Permission":"READ","Grantee":{"URI":%q}}`, "URI", []string{"", document.GroupAllUsers, document.GroupAuthenticatedUsers, "http://acs.amazonaws.com/groups/s3/LogDelivery"}},
		{&document.Key{}, `{"KeyMetadata":{"KeyState":%q}}`, "KeyState", []string{"Creating", "Disabled", "Enabled", "PendingDeletion", "PendingImport", "PendingReplicaDeletion", "Unavailable", "Updating"}},
		{&document.Key{}, `{"KeyMetadata":{"KeyState":"Enabled","KeyManager":%q}}`, "KeyManager", []string{"", "AWS", "CUSTOMER"}},
		{&document.Key{}, `{"KeyMetadata":{"KeyState":"Enabled","KeyUsage":%q}}`, "KeyUsage", []string{"", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "SIGN_VERIFY"}},
	} {
		unrecognised := func(value string) string {
			if err := json.Unmarshal(fmt.Appendf(nil, tt.text, value), tt.into); err != nil {
				t.Fatal(err)
			}
			return document.Unrecognised(tt.into)
		}
		for _, value := range tt.known {
			if got := unrecognised(value); got != "" {
				t.Errorf("%T: %s", tt.into, got)
			}
		}
		for _, value := range []string{"NONE", "DES", "aws:kms:pq", "aws:fsx", "EnabledForSome", "enabled"} {
			if got := unrecognised(value); !strings.HasPrefix(got, tt.member+" ") || !strings.Contains(got, value) {
				t.Errorf("%T: %s %q is recognised (%s)", tt.into, tt.member, value, got)
			}
		}
	}
}

func TestDocumentsThatAreNotThere(t *testing.T) {
	for _, d := range []document.Recogniser{
		&document.Encryption{}, &document.Versioning{}, &document.ObjectLock{}, &document.Lifecycle{}, &document.Replication{},
		&document.Ownership{}, &document.RequestPayment{}, &document.Key{},
	} {
		if got := document.Unrecognised(d); got != "" {
			t.Errorf("an empty %T: %s", d, got)
		}
	}
	if got := document.Unrecognised(&document.BucketOwner{}); got != "" {
		t.Errorf("a document without enumerations: %s", got)
	}
}
