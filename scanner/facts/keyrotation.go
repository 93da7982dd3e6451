package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// keyRotation asks whether KMS makes new material for the key. Of a key that is to
// be deleted KMS says that it does not, whatever it did before and will again.
func (e *export) keyRotation() *fact.Of[fact.KeyRotation] {
	k, info, status := e.describedKey("whether KMS rotates")
	switch {
	case status != nil:
		return fact.Unresolved[fact.KeyRotation](*status)
	case info.missing:
		return fact.Unresolved[fact.KeyRotation](fact.NotApplicable(e.BucketARN, "KMS answered that there is no such key"))
	case info.metadata.Doomed():
		return fact.Unresolved[fact.KeyRotation](fact.NotApplicable(e.BucketARN, "the key is scheduled for deletion, and KMS rotates no such key"))
	}
	value := fact.KeyRotation{Key: k.key}
	known := func(at, text string, refs ...string) *fact.Of[fact.KeyRotation] {
		return fact.Known(value, fact.Rests(e.BucketARN, append([]string{info.ref, k.ref}, refs...), fact.Note(at, text)))
	}
	why, open := info.metadata.Unrotatable()
	switch {
	case open != "":
		return fact.Unresolved[fact.KeyRotation](fact.Unknown(e.BucketARN, open, proof.Undetermined(document.KindKey, info.arn, open)))
	case why != "":
		value.Why = why
		return known(scanner.At(info.ref, "/KeyMetadata/Origin"), "KMS cannot rotate the key: "+why)
	}
	value.Possible = true
	l := e.Look(document.KindKeyRotation)
	if !l.Read() {
		gap := e.GapOf(document.KindKeyRotation)
		return fact.Unresolved[fact.KeyRotation](fact.Unknown(e.BucketARN, proof.Because("whether KMS rotates the key", &gap), gap))
	}
	d, gap := view.Decode(e.Run, l, (*document.KeyRotation).Valid)
	if gap != nil {
		return fact.Unresolved[fact.KeyRotation](fact.Unknown(e.BucketARN, proof.Because("whether KMS rotates the key", gap), *gap))
	}
	text := "KMS does not rotate the key"
	if *d.Enabled {
		value.Enabled, value.PeriodDays, text = true, int(d.PeriodDays), "KMS rotates the key"
	}
	if value.PeriodDays > 0 {
		text += fmt.Sprintf(" every %d days", value.PeriodDays)
	}
	return known(l.At("/KeyRotationEnabled"), text, l.Ref())
}
