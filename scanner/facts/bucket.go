package facts

import (
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/iam"
)

// bucketDocument returns what HeadBucket told, where it told anything.
func (e *view) bucketDocument() (*document.Bucket, bool) { return e.bucketRead() }

func (e *view) readBucket() (*document.Bucket, bool) {
	l := e.look(document.KindBucket)
	if !l.read() {
		return nil, false
	}
	doc, gap := decode(e.run, l, (*document.Bucket).Valid)
	return doc, gap == nil
}

// bucketExists says whether the bucket is there, whether that is decided, and
// by which document. Where HeadBucket did not tell, any other answer about the
// bucket does: a bucket that does not exist has none.
func (e *view) bucketExists() (exists, decided bool, ref string) {
	l := e.look(document.KindBucket)
	if l.absent() {
		return false, true, l.ref()
	}
	if doc, ok := e.bucketDocument(); ok {
		return *doc.Exists, true, l.ref()
	}
	for i := range e.record.Evidence {
		if ev := &e.record.Evidence[i]; ev.Kind != document.KindBucket && ev.Kind.Subject() == document.SubjectBucket {
			return true, true, ev.Ref()
		}
	}
	return false, false, ""
}

func (e *export) bucket() *fact.Of[fact.Bucket] {
	if status, ok := e.destination(); !ok {
		return fact.Unresolved[fact.Bucket](status)
	}
	exists, decided, ref := e.bucketExists()
	name := e.cfg.Endpoint.Bucket
	if !decided {
		gap := e.gapOf(document.KindBucket)
		return fact.Unresolved[fact.Bucket](fact.Unknown(e.bucketARN, proof.Because("whether the bucket exists", &gap), gap))
	}
	text := fmt.Sprintf("the bucket %s exists", name)
	if !exists {
		text = fmt.Sprintf("S3 answered that there is no bucket %s", name)
	}
	return fact.Known(fact.Bucket{Name: name, Exists: exists}, fact.Rests(e.bucketARN, []string{ref}, fact.Note(scanner.At(ref, ""), text)))
}

// gapOf is the gap in the place of a kind; for a document that is there, and
// could not be used, the gap that says so.
func (e *view) gapOf(kind document.Kind) scanner.Gap {
	l := e.look(kind)
	if l.doc != nil {
		return proof.Malformed(l.doc, "the document does not hold what was asked for")
	}
	return l.gap
}

// bucketAccount is the account that owns the bucket, empty where it is not
// known.
func (e *view) bucketAccount() (string, look) { return e.ownerRead() }

func (e *view) readOwner() (string, look) {
	l := e.look(document.KindBucketOwner)
	if !l.read() {
		return "", l
	}
	doc, gap := decode(e.run, l, func(d *document.BucketOwner) bool { return iam.IsAccountID(d.Account) })
	if gap != nil {
		return "", look{gap: *gap}
	}
	return doc.Account, l
}

func (e *export) bucketOwner() *fact.Of[fact.BucketOwner] {
	if status, ok := e.existing(); !ok {
		return fact.Unresolved[fact.BucketOwner](status)
	}
	account, l := e.bucketAccount()
	if account == "" {
		if l.absent() {
			l.gap = proof.Undetermined(document.KindBucketOwner, e.bucketARN, "none of the accounts tried owns the bucket; if it is yours, name its account in exports."+e.cfg.ID+".bucketAccount")
		}
		return fact.Unresolved[fact.BucketOwner](fact.Unknown(e.bucketARN, proof.Because("the bucket's owner", &l.gap), l.gap))
	}
	expected, writerKnown := e.expectedOwners()
	value := fact.BucketOwner{
		Name: e.cfg.Endpoint.Bucket, Account: account,
		Expected: slices.Contains(expected, account), Accounts: expected,
	}
	if !value.Expected && !writerKnown {
		// It may be the writer's own account, which is as good as a named one.
		because := "the writer's account is not known, and the bucket's owner " + account + " is not among the expected accounts"
		return fact.Unresolved[fact.BucketOwner](fact.Unknown(e.bucketARN, because, e.writerGaps()...))
	}
	text := fmt.Sprintf("the bucket belongs to account %s", account)
	return fact.Known(value, fact.Rests(e.bucketARN, []string{l.ref()}, fact.Note(l.at("/Account"), text)))
}

// expectedOwners are the accounts that may own the bucket: those that the
// operator named, and the writer's own.
func (e *export) expectedOwners() (accounts []string, writerKnown bool) {
	accounts = slices.Clone(e.expect.BucketAccounts)
	if e.hint.BucketAccount != "" {
		accounts = append(accounts, e.hint.BucketAccount)
	}
	writerAccount := iam.AccountOf(e.who.arn)
	if writerAccount != "" {
		accounts = append(accounts, writerAccount)
	}
	slices.Sort(accounts)
	return fact.NonNil(slices.Compact(accounts)), writerAccount != ""
}

func (e *export) bucketRegion() *fact.Of[fact.BucketRegion] {
	if status, ok := e.existing(); !ok {
		return fact.Unresolved[fact.BucketRegion](status)
	}
	if gap, missing := e.missing("region"); missing {
		return fact.Unresolved[fact.BucketRegion](fact.Unknown(e.bucketARN, "Immuta did not tell the region of the export's endpoint", gap))
	}
	region := e.region()
	if region == "" {
		gap := e.gapOf(document.KindBucket)
		return fact.Unresolved[fact.BucketRegion](fact.Unknown(e.bucketARN, proof.Because("the bucket's region", &gap), gap))
	}
	allowed := slices.Clone(e.expect.Regions)
	slices.Sort(allowed)
	l := e.look(document.KindBucket)
	return fact.Known(
		fact.BucketRegion{
			Name: e.cfg.Endpoint.Bucket, Region: region, Configured: e.cfg.Endpoint.Region,
			Allowed: fact.NonNil(slices.Compact(allowed)),
		},
		fact.Rests(e.bucketARN, []string{l.ref(), e.configRef},
			fact.Note(l.at("/Region"), "the bucket is in "+region),
			fact.Note(e.at("/endpoint/region"), fmt.Sprintf("the export is configured for %q", e.cfg.Endpoint.Region))),
	)
}

// region is the bucket's region, empty where it is not known.
func (e *view) region() string {
	doc, ok := e.bucketDocument()
	if !ok {
		return ""
	}
	return doc.Region
}
