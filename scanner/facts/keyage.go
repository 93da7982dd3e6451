package facts

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/accesskeys"
)

// KeyAge is how old the active access keys are of the user whose key the export
// uses. Not applicable where the export uses none, or none is active. Unknown where
// the keys could not be read, or not how old they are.
type KeyAge struct {
	User    string      `json:"user"`     // the user's ARN
	MaxDays int         `json:"max_days"` // expect.accessKeyMaxAgeDays, 90 unless set
	Active  []AccessKey `json:"active"`   // those that can be used
	// BothSince is since when two keys are active, where that is more than the week
	// of a rotation; else empty.
	BothSince string `json:"both_since"`
	At        string `json:"at"` // of the younger of these two
}

// AccessKey is an active key.
type AccessKey struct {
	ID      string `json:"id"`      // its end
	Created string `json:"created"` // RFC 3339, UTC
	Days    int    `json:"days"`    // old, rounded down
	Stale   bool   `json:"stale"`   // as old as the limit, or older
	At      string `json:"at"`      // the key in the list
	Key     string `json:"key"`     // the end of its id, for the fingerprint
}

func (e *export) keyAge() *Fact[KeyAge] {
	active := e.activeRead()
	if active.State == scanner.FactNotApplicable {
		return unresolved[KeyAge](active.FactStatus)
	}
	l := e.look(document.KindAccessKeys)
	if e.who.arn == "" || !l.read() {
		if active.State == scanner.FactUnknown {
			return unresolved[KeyAge](active.FactStatus)
		}
		return unresolved[KeyAge](notApplicable(e.who.arn, "the user does not exist"))
	}
	doc, gap := decode(e.d, l, (*document.AccessKeys).Valid)
	if gap != nil {
		return unresolved[KeyAge](unknown(e.who.arn, because("the user's access keys", gap), *gap))
	}
	value := KeyAge{User: e.who.arn, MaxDays: cmp.Or(e.expect.AccessKeyMaxAgeDays, accesskeys.DefaultDays), Active: []AccessKey{}}
	judged := accesskeys.Judge(doc.AccessKeyMetadata, e.d.now, value.MaxDays)
	at := func(key *accesskeys.Active) string { return l.at(fmt.Sprintf("/AccessKeyMetadata/%d", key.Index)) }
	wrong := judged.Both != nil
	var reasons []scanner.Reason
	for i := range judged.Active {
		key := &judged.Active[i]
		wrong = wrong || key.Stale
		created := key.Created.UTC().Format(time.RFC3339)
		value.Active = append(value.Active, AccessKey{ID: key.ID, Created: created, Days: key.Days, Stale: key.Stale, At: at(key), Key: key.ID})
		reasons = append(reasons, note(at(key), fmt.Sprintf("key %s was created %s, %d days ago", key.ID, created, key.Days)))
	}
	if judged.Both != nil {
		value.BothSince, value.At = judged.Both.Created.UTC().Format(time.DateOnly), at(judged.Both)
	}
	switch {
	case judged.Open != "" && !wrong:
		return unresolved[KeyAge](unknown(e.who.arn, judged.Open, undetermined(document.KindAccessKeys, e.who.arn, judged.Open)))
	case len(judged.Active) == 0:
		return unresolved[KeyAge](notApplicable(e.who.arn, "the user has no active access key"))
	}
	return known(value, rests(e.who.arn, []string{l.ref()}, reasons...))
}
