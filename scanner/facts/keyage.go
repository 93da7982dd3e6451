package facts

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/accesskeys"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

func (e *export) keyAge() *fact.Of[fact.KeyAge] {
	active := e.activeRead()
	if active.State == scanner.FactNotApplicable {
		return fact.Unresolved[fact.KeyAge](active.FactStatus)
	}
	l := e.Look(document.KindAccessKeys)
	if e.Writer.ARN == "" || !l.Read() {
		if active.State == scanner.FactUnknown {
			return fact.Unresolved[fact.KeyAge](active.FactStatus)
		}
		return fact.Unresolved[fact.KeyAge](fact.NotApplicable(e.Writer.ARN, "the user does not exist"))
	}
	doc, gap := view.Decode(e.Run, l, (*document.AccessKeys).Valid)
	if gap != nil {
		return fact.Unresolved[fact.KeyAge](fact.Unknown(e.Writer.ARN, proof.Because("the user's access keys", gap), *gap))
	}
	value := fact.KeyAge{User: e.Writer.ARN, MaxDays: cmp.Or(e.Expect.AccessKeyMaxAgeDays, accesskeys.DefaultDays), Active: []fact.AccessKey{}}
	judged := accesskeys.Judge(doc.AccessKeyMetadata, e.Run.Now, value.MaxDays)
	at := func(key *accesskeys.Active) string { return l.At(fmt.Sprintf("/AccessKeyMetadata/%d", key.Index)) }
	wrong := judged.Both != nil
	var reasons []scanner.Reason
	for i := range judged.Active {
		key := &judged.Active[i]
		wrong = wrong || key.Stale
		created := key.Created.UTC().Format(time.RFC3339)
		value.Active = append(value.Active, fact.AccessKey{ID: key.ID, Created: created, Days: key.Days, Stale: key.Stale, At: at(key), Key: key.ID})
		reasons = append(reasons, fact.Note(at(key), fmt.Sprintf("key %s was created %s, %d days ago", key.ID, created, key.Days)))
	}
	if judged.Both != nil {
		value.BothSince, value.At = judged.Both.Created.UTC().Format(time.DateOnly), at(judged.Both)
	}
	switch {
	case judged.Open != "" && !wrong:
		return fact.Unresolved[fact.KeyAge](fact.Unknown(e.Writer.ARN, judged.Open, proof.Undetermined(document.KindAccessKeys, e.Writer.ARN, judged.Open)))
	case len(judged.Active) == 0:
		return fact.Unresolved[fact.KeyAge](fact.NotApplicable(e.Writer.ARN, "the user has no active access key"))
	}
	return fact.Known(value, fact.Rests(e.Writer.ARN, []string{l.Ref()}, reasons...))
}
