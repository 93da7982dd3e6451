package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func protectionSettings() map[document.Kind]compare {
	return map[document.Kind]compare{
		document.KindEncryption:  typed(compareEncryption),
		document.KindVersioning:  typed(compareVersioning),
		document.KindObjectLock:  typed(compareObjectLock),
		document.KindLifecycle:   typed(compareLifecycle),
		document.KindReplication: typed(compareReplication),
	}
}

// customerKey is the key that encryption names, unless it is AWS's own.
func customerKey(d *document.EncryptionDefault) string {
	if strings.HasSuffix(d.KMSMasterKeyID, "alias/aws/s3") {
		return ""
	}
	return d.KMSMasterKeyID
}

func compareEncryption(b, a *document.Encryption, _ *comparison) []detail {
	was, wasRule := b.Deciding()
	is, isRule := a.Deciding()
	const pointer = "/ServerSideEncryptionConfiguration/Rules/0"
	details := onLadder(pointer+"/ApplyServerSideEncryptionByDefault/SSEAlgorithm", "the algorithm", was.SSEAlgorithm, is.SSEAlgorithm,
		"", "AES256", "aws:kms", "aws:kms:dsse")
	// The key counts by itself only while KMS encrypts, before and now.
	if was.KMS() && is.KMS() {
		wasKey, isKey := customerKey(&was), customerKey(&is)
		details = append(details, ranked(pointer+"/ApplyServerSideEncryptionByDefault/KMSMasterKeyID", "the key", oneIfSet(wasKey), oneIfSet(isKey),
			cmp.Or(wasKey, "the AWS managed key"), cmp.Or(isKey, "the AWS managed key"))...)
	}
	details = append(details, ranked(pointer+"/BucketKeyEnabled", "the bucket key", 0, 0,
		strconv.FormatBool(wasRule.BucketKeyEnabled), strconv.FormatBool(isRule.BucketKeyEnabled))...)
	return append(details, onLadder(pointer+"/BlockedEncryptionTypes", "whether uploads with a key of their own (SSE-C) are refused",
		strconv.FormatBool(b.BlocksCustomerKeys()), strconv.FormatBool(a.BlocksCustomerKeys()), "false", "true")...)
}

func compareVersioning(b, a *document.Versioning, _ *comparison) []detail {
	mfaDelete := func(d *document.Versioning) string {
		if d.MFADelete == "Disabled" {
			return ""
		}
		return d.MFADelete
	}
	return append(onLadder("/Status", "the status", b.Status, a.Status, "", "Suspended", document.StatusEnabled),
		onLadder("/MFADelete", "MFA delete", mfaDelete(b), mfaDelete(a), "", "Enabled")...)
}

func compareObjectLock(b, a *document.ObjectLock, _ *comparison) []detail {
	was, is := b.Retention(), a.Retention()
	const rule = "/ObjectLockConfiguration/Rule/DefaultRetention"
	details := onLadder("/ObjectLockConfiguration/ObjectLockEnabled", "Object Lock", b.Configuration.Enabled, a.Configuration.Enabled, "", "Enabled")
	details = append(details, onLadder(rule+"/Mode", "the default retention mode", was.Mode, is.Mode, "", document.LockGovernance, document.LockCompliance)...)
	return append(details, ranked(rule, "the default retention", was.InDays(), is.InDays(), days(was.InDays()), days(is.InDays()))...)
}

// kept says after how many days objects under a prefix and their old versions
// are deleted at the earliest, and on which date, if there is one.
type kept struct {
	current, noncurrent int
	fixedDate           string
}

// never ranks above every number of days.
const never = 1 << 30

func keptUnder(prefix string, d *document.Lifecycle) kept {
	k := kept{current: never, noncurrent: never}
	for i := range d.Rules {
		rule := &d.Rules[i]
		if !rule.Reaches(prefix) {
			continue
		}
		if e := rule.Expiration; e != nil && e.Days > 0 {
			k.current = min(k.current, int(e.Days))
		}
		if e := rule.Expiration; e != nil && e.Date != nil {
			if date := e.Date.Format(time.RFC3339); k.fixedDate == "" || date < k.fixedDate {
				k.fixedDate = date
			}
		}
		if n := rule.NoncurrentVersionExpiration; n != nil && n.NoncurrentDays > 0 {
			k.noncurrent = min(k.noncurrent, int(n.NoncurrentDays))
		}
	}
	return k
}

// compareLifecycle asks how long objects under the export's prefix are kept.
func compareLifecycle(b, a *document.Lifecycle, c *comparison) []detail {
	prefix := c.after.Configuration.Prefix()
	was, is := keptUnder(prefix, b), keptUnder(prefix, a)
	details := ranked("/Rules", "the time after which objects are deleted", was.current, is.current, days(was.current), days(is.current))
	details = append(details, ranked("/Rules", "the time after which old versions are deleted", was.noncurrent, is.noncurrent, days(was.noncurrent), days(is.noncurrent))...)
	if was.fixedDate == is.fixedDate {
		return details
	}
	dated := detail{"/Rules", was.fixedDate, is.fixedDate, scanner.EffectWeaker, "everything is deleted on " + is.fixedDate}
	if is.fixedDate == "" || was.fixedDate != "" && is.fixedDate > was.fixedDate {
		dated.effect, dated.message = scanner.EffectStronger, "everything was to be deleted on "+was.fixedDate
	}
	return append(details, dated)
}

// copiesOf returns the destinations to which objects under a prefix are copied.
func copiesOf(prefix string, d *document.Replication) []string {
	var list []string
	if d.Configuration == nil {
		return nil
	}
	for i := range d.Configuration.Rules {
		rule := &d.Configuration.Rules[i]
		if !rule.Reaches(prefix) {
			continue
		}
		to := rule.Destination.Bucket
		if rule.Destination.Account != "" {
			to += " of account " + rule.Destination.Account
		}
		list = append(list, to)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// compareReplication compares where objects under the export's prefix are copied
// to. The owner of a new destination can read the copies; with one destination
// fewer the objects are protected less.
func compareReplication(b, a *document.Replication, c *comparison) []detail {
	prefix := c.after.Configuration.Prefix()
	added, removed := cameAndWent(copiesOf(prefix, b), copiesOf(prefix, a))
	var details []detail
	for _, to := range added {
		details = append(details, detail{"/ReplicationConfiguration/Rules", "", to, scanner.EffectWidened, "objects are copied to " + to + " now and were not before"})
	}
	for _, to := range removed {
		details = append(details, detail{"/ReplicationConfiguration/Rules", to, "", scanner.EffectWeaker, "objects were copied to " + to + " and are no longer"})
	}
	return details
}

// days writes a number of days for a person.
func days(n int) string {
	switch n {
	case never:
		return "never"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}
