package drift

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func bucketSettings() map[document.Kind]compare {
	return map[document.Kind]compare{
		document.KindBucket:                  typed(compareBucket),
		document.KindBucketOwner:             typed(compareOwner),
		document.KindPublicAccessBlock:       typed(compareAccessBlock),
		document.KindAccountAccessBlock:      typed(compareAccessBlock),
		document.KindOrganizationAccessBlock: typed(compareOrganizationAccessBlock),
		document.KindOwnership:               typed(compareOwnership),
		document.KindACL:                     typed(compareACL),
		document.KindAccessLog:               typed(compareAccessLog),
		document.KindRequestPayment:          typed(compareRequestPayment),
		document.KindBucketABAC:              typed(compareABAC),
	}
}

func bucketExists(e *scanner.Evidence) bool {
	var bucket document.Bucket
	return json.Unmarshal([]byte(e.Text), &bucket) == nil && exists(&bucket)
}

func exists(d *document.Bucket) bool { return d.Exists != nil && *d.Exists }

func compareBucket(b, a *document.Bucket, _ *comparison) []detail {
	switch {
	case exists(b) && !exists(a):
		return []detail{{"/Exists", "true", "false", scanner.EffectRemoved, "it no longer exists: nothing arrives, and anybody may take its name"}}
	case !exists(b) && exists(a):
		return []detail{{"/Exists", "false", "true", scanner.EffectAdded, "it exists now and did not before: make sure that it is yours"}}
	default:
		return ranked("/Region", "the region", 0, 0, b.Region, a.Region)
	}
}

func ownerAccount(text string) string {
	var owner document.BucketOwner
	if json.Unmarshal([]byte(text), &owner) != nil {
		return ""
	}
	return owner.Account
}

func compareOwner(b, a *document.BucketOwner, _ *comparison) []detail {
	return ranked("/Account", "the account", 0, 0, b.Account, a.Account)
}

func compareAccessBlock(b, a *document.PublicAccessBlock, _ *comparison) []detail {
	var was, is document.AccessBlock
	if b.Configuration != nil {
		was = *b.Configuration
	}
	if a.Configuration != nil {
		is = *a.Configuration
	}
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
	return details
}

// compareOrganizationAccessBlock ranks no setting between none and all: the
// account's own settings count then, and those may be anything.
func compareOrganizationAccessBlock(b, a *document.OrganizationAccessBlock, _ *comparison) []detail {
	return onLadder("/s3_attributes/public_access_block_configuration", "the organization's Block Public Access", b.Setting(), a.Setting(),
		document.AccessBlockNone, "", document.AccessBlockAll)
}

func compareOwnership(b, a *document.Ownership, _ *comparison) []detail {
	return onLadder("/OwnershipControls/Rules/0/ObjectOwnership", "object ownership", b.Setting(), a.Setting(),
		document.OwnerWriter, document.OwnerPreferred, document.OwnerEnforced)
}

func compareAccessLog(b, a *document.AccessLog, _ *comparison) []detail {
	return ranked("/LoggingEnabled", "the target of access logs", oneIfSet(b.Target()), oneIfSet(a.Target()), b.Target(), a.Target())
}

// compareRequestPayment reports who pays. It protects nothing, but requests that
// do not offer to pay are refused.
func compareRequestPayment(b, a *document.RequestPayment, _ *comparison) []detail {
	details := ranked("/Payer", "the payer", 0, 0, b.Payer, a.Payer)
	if len(details) > 0 && a.Payer == document.PayerRequester {
		details[0].message += ": requests are refused unless they offer to pay, those of Immuta and of readers too"
	}
	return details
}

func grants(d *document.ACL) []string {
	var list []string
	for _, grant := range d.Grants {
		list = append(list, grant.Permission+" to "+cmp.Or(grant.Grantee.URI, grant.Grantee.ID, grant.Grantee.EmailAddress))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// compareACL reports widened and narrowed: an access control list grants access as
// a policy does.
func compareACL(b, a *document.ACL, _ *comparison) []detail {
	details := ranked("/Owner/ID", "the owner", 0, 0, b.Owner.ID, a.Owner.ID)
	added, removed := cameAndWent(grants(b), grants(a))
	for _, grant := range added {
		details = append(details, detail{"/Grants", "", grant, scanner.EffectWidened, "grants " + grant + " now and did not before"})
	}
	for _, grant := range removed {
		details = append(details, detail{"/Grants", grant, "", scanner.EffectNarrowed, "granted " + grant + " before and does no longer"})
	}
	return details
}
