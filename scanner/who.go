package scanner

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// WhoMatch says by what a call was found.
type WhoMatch string

// The matches.
const (
	WhoDocument WhoMatch = "document" // the call carries the very document that is there
	WhoTime     WhoMatch = "time"     // it is the last call that may have made the change
	WhoNobody   WhoMatch = "none"     // no call was found, or nobody could look
)

// Who is who made a change, as CloudTrail's event history tells it. No verdict
// rests on it. The texts are the event's own: somebody else's words.
type Who struct {
	Match WhoMatch `json:"match"`
	// Note says in a sentence what the match rests on, or why nobody is named.
	Note string `json:"note"`
	// Resource is the ARN whose events were looked up.
	Resource  string    `json:"resource"`
	EventID   string    `json:"eventId,omitempty"`
	Call      string    `json:"call,omitempty"` // "s3:PutBucketPolicy"
	At        time.Time `json:"at,omitzero"`
	Principal string    `json:"principal,omitempty"` // ARN, where there is one
	Issuer    string    `json:"issuer,omitempty"`    // ARN of the role that a session is of
	AccessKey string    `json:"accessKey,omitempty"` // the last characters of its id
	SourceIP  string    `json:"sourceIp,omitempty"`
	UserAgent string    `json:"userAgent,omitempty"`
}

// String says it in a line: who, when, from where and by which call, and how that
// is known.
func (w *Who) String() string {
	if w.Match == WhoNobody {
		return "who changed it is not known: " + w.Note
	}
	text := fmt.Sprintf("changed by %s on %s", w.Principal, w.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	if w.SourceIP != "" {
		text += " from " + w.SourceIP
	}
	if w.UserAgent != "" && w.UserAgent != w.SourceIP { // a service of AWS has but one name
		text += " (" + w.UserAgent + ")"
	}
	return text + fmt.Sprintf(": %s, event %s; %s", w.Call, w.EventID, w.Note)
}

// SayWho says of the changes and the failures of an export who made them, from what
// was collected of CloudTrail since it was seen before. Whether a failure is new is not
// known yet.
func (j *Judged) SayWho(since func() time.Time) {
	h := newHistories(j.Record, since)
	if h == nil {
		return
	}
	for i := range j.Changes {
		c := &j.Changes[i]
		if c.Effect != EffectIncomparable {
			c.Who = h.who(c.Kind, c.Resource, c.Name)
		}
	}
	for i := range j.Results {
		for k := range j.Results[i].Findings {
			if f := &j.Results[i].Findings[k]; f.Status == StatusFail {
				f.Who = h.of(f, j.Changes)
			}
		}
	}
}

// histories are the event histories of a record.
type histories struct {
	record *Record
	since  time.Time // earlier calls made no change that is told
	read   map[string]*document.EventHistory
	gaps   map[string]*Gap
}

// newHistories returns nil where nobody was asked.
func newHistories(r *Record, since func() time.Time) *histories {
	h := &histories{record: r, read: map[string]*document.EventHistory{}, gaps: map[string]*Gap{}}
	for i := range r.Evidence {
		e := &r.Evidence[i]
		var history document.EventHistory
		if e.Kind == document.KindEventHistory && json.Unmarshal([]byte(e.Text), &history) == nil && history.Valid() {
			h.read[e.Resource] = &history
		}
	}
	for i := range r.Gaps {
		if g := &r.Gaps[i]; g.Kind == document.KindEventHistory {
			h.gaps[g.Resource] = g
		}
	}
	if len(h.read)+len(h.gaps) == 0 {
		return nil
	}
	h.since = since()
	return h
}

// of is who changed what a failure rests on: the change that it tells, else the
// documents that it points into.
func (h *histories) of(f *Finding, changes []Change) *Who {
	for i := range changes {
		if c := &changes[i]; c.Who != nil && c.Message == f.Message && c.Resource == f.Resource {
			return c.Who
		}
	}
	var best *Who
	add := func(at *Location) {
		if w := h.who(at.Kind, at.Resource, at.Name); w != nil && (best == nil || w.better(best)) {
			best = w
		}
	}
	for i := range f.Evidence {
		add(&f.Evidence[i])
	}
	for i := range f.Reasons {
		if at := f.Reasons[i].Location; at != nil {
			add(at)
		}
	}
	return best
}

// better prefers somebody to nobody, the last one to change something, and of one
// call the better proof.
func (w *Who) better(other *Who) bool {
	if w.Match == WhoNobody || other.Match == WhoNobody {
		return w.Match != WhoNobody
	}
	return w.At.After(other.At) || w.At.Equal(other.At) && w.Match == WhoDocument && other.Match != WhoDocument
}

// who is who changed the documents of a kind, resource and name; nil where nobody
// was asked. Policies of a role or user are told together where there is no name.
func (h *histories) who(kind document.Kind, resource, name string) *Who {
	var docs []Evidence
	for i := range h.record.Evidence {
		e := &h.record.Evidence[i]
		together := name == "" && kind.OfIdentity() && e.Kind.OfIdentity()
		if e.Resource == resource && (e.Kind == kind && e.Name == name || together) {
			docs = append(docs, *e)
		}
	}
	if len(docs) == 0 { // it is gone
		docs = []Evidence{{Kind: kind, Resource: resource, Name: name}}
	}
	var best *Who
	for i := range docs {
		for _, of := range document.Histories(docs[i].Kind, resource, docs[i].Name) {
			if w := h.one(&docs[i], of); w != nil && (best == nil || w.better(best)) {
				best = w
			}
		}
	}
	return best
}

// one finds in the event history of a resource the last call that may have changed
// a document; one that carries the document as it is comes before.
func (h *histories) one(doc *Evidence, resource string) *Who {
	history, gap := h.read[resource], h.gaps[resource]
	if history == nil && gap == nil {
		return nil
	}
	w := &Who{Match: WhoNobody, Resource: resource}
	if history == nil {
		w.Note = "its event history " + gap.Clause()
		return w
	}
	digest := ""
	if _, policy := doc.Kind.Policy(); policy {
		digest = document.PolicyDigest(doc.Text)
	}
	var last *document.Event
	for i := range history.Events { // the newest first
		e := &history.Events[i]
		if !e.Changes(doc.Kind, doc.Name) || e.Time.Before(h.since) || !doc.CollectedAt.IsZero() && e.Time.After(doc.CollectedAt) {
			continue
		}
		if digest != "" && e.Carries == digest {
			return w.by(e, WhoDocument, "the event carries this very document")
		}
		if last == nil {
			last = e
		}
	}
	switch {
	case last != nil && last.Carries != "" && digest != "":
		return w.by(last, WhoTime, "matched by time alone, as the last such call before it was read: what the event carries is written differently")
	case last != nil:
		return w.by(last, WhoTime, "matched by time alone, as the last such call before it was read")
	}
	w.Note = "CloudTrail shows no call that changed it since " + later(history.Since, h.since).UTC().Format("2006-01-02 15:04 UTC") + "; it shows calls up to 15 minutes late"
	if history.Left {
		w.Note = "none of the calls that were read changed it, and older ones since " + history.Since.UTC().Format("2006-01-02 15:04 UTC") + " were not read"
	}
	return w
}

func later(a, b time.Time) time.Time {
	return slices.MaxFunc([]time.Time{a, b}, time.Time.Compare)
}

func (w *Who) by(e *document.Event, match WhoMatch, note string) *Who {
	w.Match, w.Note, w.EventID, w.Call, w.At = match, note, e.ID, e.Call(), e.Time
	w.Principal, w.Issuer, w.AccessKey, w.SourceIP, w.UserAgent = e.Principal, e.Issuer, e.AccessKey, e.SourceIP, e.UserAgent
	return w
}
