package facts

import (
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

func (e *export) bucket() *fact.Of[fact.Bucket] {
	if status, ok := e.WritesToBucket(); !ok {
		return fact.Unresolved[fact.Bucket](status)
	}
	exists, decided, ref := e.BucketExists()
	name := e.Config.Endpoint.Bucket
	if !decided {
		gap := e.GapOf(document.KindBucket)
		return fact.Unresolved[fact.Bucket](fact.Unknown(e.BucketARN, proof.Because("whether the bucket exists", &gap), gap))
	}
	text := fmt.Sprintf("the bucket %s exists", name)
	if !exists {
		text = fmt.Sprintf("S3 answered that there is no bucket %s", name)
	}
	return fact.Known(fact.Bucket{Name: name, Exists: exists}, fact.Rests(e.BucketARN, []string{ref}, fact.Note(scanner.At(ref, ""), text)))
}

func (e *export) bucketOwner() *fact.Of[fact.BucketOwner] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.BucketOwner](status)
	}
	account, l := e.BucketAccount()
	at, text, assumed := l.At("/Account"), "the bucket belongs to account "+account, []string(nil)
	if named, _, ok := document.RegionalName(e.Config.Endpoint.Bucket); ok && account == "" && unread(&l) {
		account, at, assumed = named, e.ConfigAt("/endpoint/bucket"), []string{e.byName()}
		text = "by its name, the bucket can only have been made by account " + named
	}
	if account == "" {
		if l.Absent() {
			l.Gap = proof.Undetermined(document.KindBucketOwner, e.BucketARN,
				"none of the accounts tried owns the bucket; if it is yours, name its account in "+e.Config.Setting("bucketAccount"))
		}
		return fact.Unresolved[fact.BucketOwner](fact.Unknown(e.BucketARN, proof.Because("the bucket's owner", &l.Gap), l.Gap))
	}
	expected, writerKnown := e.expectedOwners()
	value := fact.BucketOwner{
		Name: e.Config.Endpoint.Bucket, Account: account,
		Expected: slices.Contains(expected, account), Accounts: expected,
	}
	if !value.Expected && !writerKnown {
		// It may be the writer's own account, which is as good as a named one.
		because := "the writer's account is not known, and the bucket's owner " + account + " is not among the expected accounts"
		return fact.Unresolved[fact.BucketOwner](fact.Unknown(e.BucketARN, because, e.WriterGaps()...))
	}
	status := fact.Rests(e.BucketARN, proof.Evidence(nil, l.Ref(), e.ConfigRef), fact.Note(at, text))
	status.Assumptions = assumed
	return fact.Known(value, status)
}

// unread says that nobody could ask what a document would tell. Where somebody
// could, and the answer did not decide, a name decides nothing either.
func unread(l *view.Look) bool { return l.Doc == nil && l.Gap.Reason != scanner.ReasonUndetermined }

// byName is what is taken for granted where a name stands in for an answer of S3.
func (e *export) byName() string {
	return "the bucket " + scanner.Said(e.Config.Endpoint.Bucket) + " was made in the namespace of one account and region that its name tells, " +
		"and not before S3 reserved such names in March 2026"
}

// expectedOwners are the accounts that may own the bucket: those that the
// operator named, and the writer's own.
func (e *export) expectedOwners() (accounts []string, writerKnown bool) {
	accounts = slices.Clone(e.Expect.BucketAccounts)
	if e.Hint.BucketAccount != "" {
		accounts = append(accounts, e.Hint.BucketAccount)
	}
	writerAccount := iam.AccountOf(e.Writer.ARN)
	if writerAccount != "" {
		accounts = append(accounts, writerAccount)
	}
	slices.Sort(accounts)
	return fact.NonNil(slices.Compact(accounts)), writerAccount != ""
}

func (e *export) bucketRegion() *fact.Of[fact.BucketRegion] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.BucketRegion](status)
	}
	if gap, missing := e.MissingField("region"); missing {
		return fact.Unresolved[fact.BucketRegion](fact.Unknown(e.BucketARN, "Immuta did not tell the region of the export's endpoint", gap))
	}
	region, l := e.Region(), e.Look(document.KindBucket)
	at, text, assumed := l.At("/Region"), "the bucket is in "+region, []string(nil)
	if _, named, ok := document.RegionalName(e.Config.Endpoint.Bucket); ok && region == "" && unread(&l) {
		region, at, assumed = named, e.ConfigAt("/endpoint/bucket"), []string{e.byName()}
		text = "by its name, the bucket can only have been made in " + named
	}
	if region == "" {
		gap := e.GapOf(document.KindBucket)
		return fact.Unresolved[fact.BucketRegion](fact.Unknown(e.BucketARN, proof.Because("the bucket's region", &gap), gap))
	}
	allowed := slices.Clone(e.Expect.Regions)
	slices.Sort(allowed)
	status := fact.Rests(e.BucketARN, proof.Evidence(nil, l.Ref(), e.ConfigRef), fact.Note(at, text),
		fact.Note(e.ConfigAt("/endpoint/region"), fmt.Sprintf("the export is configured for %q", e.Config.Endpoint.Region)))
	status.Assumptions = assumed
	return fact.Known(
		fact.BucketRegion{
			Name: e.Config.Endpoint.Bucket, Region: region, Configured: e.Config.Endpoint.Region,
			Allowed: fact.NonNil(slices.Compact(allowed)),
		},
		status,
	)
}
