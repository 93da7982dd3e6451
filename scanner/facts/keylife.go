package facts

import (
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

// describedKey is the customer's key that the bucket encrypts with, as KMS
// describes it. Where there is none, or that is not known, the status is that of
// the facts about it; what names in a clause what is asked of the key.
func (e *export) describedKey(what string) (bucketKey, keyInfo, *scanner.FactStatus) {
	k, status, ok := e.customerKey()
	if !ok {
		return k, keyInfo{}, &status
	}
	managed := fact.NotApplicable(e.BucketARN, "the bucket encrypts with the AWS managed key")
	if k.managed() {
		return k, keyInfo{}, &managed
	}
	info := e.keyDocument()
	switch {
	case info.gap != nil:
		status = fact.Unknown(e.BucketARN, proof.Because(what+" the key "+k.key, info.gap), *info.gap)
		return k, info, &status
	case info.manager == "AWS":
		return k, info, &managed
	}
	return k, info, nil
}

// keyState is about the bucket, as all facts about its key are: which key it is
// may be what is not known, and a finding keeps its identity all the same.
func (e *export) keyState() *fact.Of[fact.KeyState] {
	k, info, status := e.describedKey("the state of")
	if status != nil {
		return fact.Unresolved[fact.KeyState](*status)
	}
	text := "KMS says that the key is " + info.state
	if info.missing {
		text = "KMS answered that there is no such key"
	}
	return fact.Known(
		fact.KeyState{Key: k.key, State: info.state, Enabled: info.works, Unfit: info.unfit},
		fact.Rests(e.BucketARN, []string{info.ref, k.ref}, fact.Note(scanner.At(info.ref, "/KeyMetadata/KeyState"), text)),
	)
}

// keyLife asks how long what the key encrypted can be read. A key that is disabled
// or not reachable is none of it: it ends nothing.
func (e *export) keyLife() *fact.Of[fact.KeyLife] {
	k, info, status := e.describedKey("what ends")
	switch {
	case status != nil:
		return fact.Unresolved[fact.KeyLife](*status)
	case info.missing:
		return fact.Unresolved[fact.KeyLife](fact.NotApplicable(e.BucketARN, "KMS answered that there is no such key"))
	}
	m := info.metadata
	value := fact.KeyLife{Key: k.key, State: m.KeyState, Scheduled: m.Doomed(), Empty: m.Empty()}
	note := func(member, text string) *fact.Of[fact.KeyLife] {
		return fact.Known(value, fact.Rests(e.BucketARN, []string{info.ref, k.ref}, fact.Note(scanner.At(info.ref, "/KeyMetadata"+member), text)))
	}
	switch {
	case value.Scheduled && m.DeletionDate != nil:
		value.Deletion = moment(*m.DeletionDate)
		return note("/DeletionDate", "KMS deletes the key on "+value.Deletion)
	case value.Scheduled:
		return note("/KeyState", "KMS says that the key is "+m.KeyState)
	case value.Empty:
		return note("/KeyState", "KMS has no material of the key")
	}
	expires, open := m.Expires()
	switch {
	case open != "":
		return fact.Unresolved[fact.KeyLife](fact.Unknown(e.BucketARN, open, proof.Undetermined(document.KindKey, info.arn, open)))
	case expires == nil:
		return note("/Origin", "the key is not scheduled for deletion, and its material does not expire")
	}
	left := expires.Sub(e.Run.Now)
	value.Expires, value.Days, value.Expired = moment(*expires), int(max(0, left)/(24*time.Hour)), left <= 0
	return note("/ValidTo", fmt.Sprintf("the key's material was imported, and expires on %s", value.Expires))
}
