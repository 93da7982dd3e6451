package aws

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The documents below have the AWS CLI's names and order, cut down to what is
// judged.

type policyStatusDocument struct {
	PolicyStatus struct {
		IsPublic bool `json:"IsPublic"`
	} `json:"PolicyStatus"`
}

type accessBlockDocument struct {
	PublicAccessBlockConfiguration struct {
		BlockPublicAcls       bool `json:"BlockPublicAcls"`
		IgnorePublicAcls      bool `json:"IgnorePublicAcls"`
		BlockPublicPolicy     bool `json:"BlockPublicPolicy"`
		RestrictPublicBuckets bool `json:"RestrictPublicBuckets"`
	} `json:"PublicAccessBlockConfiguration"`
}

func accessBlockText(blockACLs, ignoreACLs, blockPolicy, restrict *bool) string {
	var doc accessBlockDocument
	p := &doc.PublicAccessBlockConfiguration
	p.BlockPublicAcls, p.IgnorePublicAcls = deref(blockACLs), deref(ignoreACLs)
	p.BlockPublicPolicy, p.RestrictPublicBuckets = deref(blockPolicy), deref(restrict)
	return encode(doc)
}

type encryptionDocument struct {
	Configuration struct {
		Rules []encryptionRule `json:"Rules"`
	} `json:"ServerSideEncryptionConfiguration"`
}

type encryptionRule struct {
	Default          *encryptionDefault `json:"ApplyServerSideEncryptionByDefault,omitempty"`
	BucketKeyEnabled bool               `json:"BucketKeyEnabled"`
}

type encryptionDefault struct {
	SSEAlgorithm   string `json:"SSEAlgorithm"`
	KMSMasterKeyID string `json:"KMSMasterKeyID,omitempty"`
}

// encryption returns the document and the first key that a rule names.
func encryption(rules []types.ServerSideEncryptionRule) (encryptionDocument, string) {
	var doc encryptionDocument
	doc.Configuration.Rules = []encryptionRule{}
	key := ""
	for _, rule := range rules {
		out := encryptionRule{BucketKeyEnabled: deref(rule.BucketKeyEnabled)}
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil {
			out.Default = &encryptionDefault{string(d.SSEAlgorithm), deref(d.KMSMasterKeyID)}
			if key == "" && d.SSEAlgorithm != types.ServerSideEncryptionAes256 {
				key = out.Default.KMSMasterKeyID
			}
		}
		doc.Configuration.Rules = append(doc.Configuration.Rules, out)
	}
	return doc, key
}

type versioningDocument struct {
	Status    string `json:"Status,omitempty"`
	MFADelete string `json:"MFADelete,omitempty"`
}

type objectLockDocument struct {
	Configuration struct {
		Enabled string          `json:"ObjectLockEnabled,omitempty"`
		Rule    *objectLockRule `json:"Rule,omitempty"`
	} `json:"ObjectLockConfiguration"`
}

type objectLockRule struct {
	DefaultRetention defaultRetention `json:"DefaultRetention"`
}

type defaultRetention struct {
	Mode  string `json:"Mode,omitempty"`
	Days  int32  `json:"Days,omitempty"`
	Years int32  `json:"Years,omitempty"`
}

func objectLock(c *types.ObjectLockConfiguration) objectLockDocument {
	var doc objectLockDocument
	doc.Configuration.Enabled = string(c.ObjectLockEnabled)
	if c.Rule != nil && c.Rule.DefaultRetention != nil {
		d := c.Rule.DefaultRetention
		doc.Configuration.Rule = &objectLockRule{defaultRetention{string(d.Mode), deref(d.Days), deref(d.Years)}}
	}
	return doc
}

type ownershipDocument struct {
	OwnershipControls struct {
		Rules []ownershipRule `json:"Rules"`
	} `json:"OwnershipControls"`
}

type ownershipRule struct {
	ObjectOwnership string `json:"ObjectOwnership"`
}

func ownership(rules []types.OwnershipControlsRule) ownershipDocument {
	var doc ownershipDocument
	for _, rule := range rules {
		doc.OwnershipControls.Rules = append(doc.OwnershipControls.Rules, ownershipRule{string(rule.ObjectOwnership)})
	}
	return doc
}

type aclDocument struct {
	Owner  aclOwner   `json:"Owner"`
	Grants []aclGrant `json:"Grants"`
}

type aclOwner struct {
	ID string `json:"ID"`
}

type aclGrant struct {
	Grantee    aclGrantee `json:"Grantee"`
	Permission string     `json:"Permission"`
}

type aclGrantee struct {
	ID           string `json:"ID,omitempty"`
	EmailAddress string `json:"EmailAddress,omitempty"`
	Type         string `json:"Type"`
	URI          string `json:"URI,omitempty"`
}

func acl(out *s3.GetBucketAclOutput) aclDocument {
	doc := aclDocument{Owner: aclOwner{deref(out.Owner.ID)}, Grants: []aclGrant{}}
	for _, grant := range out.Grants {
		g := aclGrant{Permission: string(grant.Permission)}
		if to := grant.Grantee; to != nil {
			g.Grantee = aclGrantee{deref(to.ID), deref(to.EmailAddress), string(to.Type), deref(to.URI)}
		}
		doc.Grants = append(doc.Grants, g)
	}
	return doc
}

type accessLogDocument struct {
	LoggingEnabled *accessLogTarget `json:"LoggingEnabled,omitempty"`
}

type accessLogTarget struct {
	TargetBucket string `json:"TargetBucket"`
	TargetPrefix string `json:"TargetPrefix"`
}

func accessLog(enabled *types.LoggingEnabled) accessLogDocument {
	if enabled == nil {
		return accessLogDocument{}
	}
	return accessLogDocument{&accessLogTarget{deref(enabled.TargetBucket), deref(enabled.TargetPrefix)}}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	moved := t.UTC()
	return &moved
}
