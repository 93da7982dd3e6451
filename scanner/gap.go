package scanner

import (
	"cmp"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// GapReason says why something could not be read.
type GapReason string

// The reasons of gaps.
const (
	ReasonDenied         GapReason = "denied"          // the reader lacks a permission
	ReasonThrottled      GapReason = "throttled"       // refused for load beyond all retries
	ReasonTimeout        GapReason = "timeout"         // no answer in time
	ReasonMalformed      GapReason = "malformed"       // an answer that is not one: HTML, cut off, unreadable
	ReasonUnreachable    GapReason = "unreachable"     // no connection
	ReasonSubjectMissing GapReason = "subject_missing" // nobody said what to ask for, or it does not exist
	ReasonUnsupported    GapReason = "unsupported"     // the service has no such field or operation
	ReasonInterrupted    GapReason = "interrupted"     // the run was stopped first
	ReasonUndetermined   GapReason = "undetermined"    // all was read, and it does not decide
)

// Words says the reason as a person does.
func (r GapReason) Words() string {
	switch r {
	case ReasonDenied:
		return "access denied"
	case ReasonTimeout:
		return "no answer in time"
	case ReasonMalformed:
		return "answer not understood"
	case ReasonUnreachable:
		return "the service could not be reached"
	case ReasonInterrupted:
		return "the run was interrupted"
	default:
		return strings.ReplaceAll(string(r), "_", " ")
	}
}

// Gap stands in the place of evidence that could not be read.
type Gap struct {
	Kind     document.Kind `json:"kind"`
	Call     string        `json:"call"`
	Resource string        `json:"resource"`
	Name     string        `json:"name,omitempty"`
	Reason   GapReason     `json:"reason"`
	// Permission is the IAM action that the call needs, where known. Only where
	// the reason is denied does the reader lack it.
	Permission string `json:"permission,omitempty"`
	Code       string `json:"code,omitempty"` // the service's error code
	RequestID  string `json:"requestId,omitempty"`
	// Detail says in a few words what happened and what to do next. It never
	// holds a secret.
	Detail string `json:"detail,omitempty"`
	// Accepted is set while judging when the operator has accepted the gap.
	Accepted *Waiver `json:"accepted,omitempty"`
}

// GapID tells the gaps of a run apart.
type GapID struct {
	Kind                 document.Kind
	Resource, Name, Call string
	Reason               GapReason
}

// ID identifies the gap.
func (g *Gap) ID() GapID { return GapID{g.Kind, g.Resource, g.Name, g.Call, g.Reason} }

// CompareGaps orders gaps by what they are about, then by call and by what
// happened.
func CompareGaps(x, y Gap) int {
	return cmp.Or(
		cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Resource, y.Resource), cmp.Compare(x.Name, y.Name),
		cmp.Compare(x.Call, y.Call), cmp.Compare(x.Reason, y.Reason), cmp.Compare(x.Code, y.Code), cmp.Compare(x.Detail, y.Detail),
	)
}

// LackedPermission is the permission that closes the gap once it is granted,
// or empty.
func (g *Gap) LackedPermission() string {
	if g.Reason != ReasonDenied {
		return ""
	}
	return g.Permission
}

// Transient says that another run may well read what this one could not.
func (g *Gap) Transient() bool {
	switch g.Reason {
	case ReasonThrottled, ReasonTimeout, ReasonUnreachable, ReasonInterrupted:
		return true
	default:
		return false
	}
}

// Cause says in a few words why it could not be read.
func (g *Gap) Cause() string {
	what, _ := g.told()
	switch g.Reason {
	case ReasonSubjectMissing, ReasonUnsupported, ReasonUndetermined:
		return cmp.Or(what, g.Reason.Words())
	case ReasonDenied:
		if lacked := g.LackedPermission(); lacked != "" {
			return "the reader lacks " + lacked
		}
		return cmp.Or(what, g.Reason.Words())
	default:
		return g.Reason.Words()
	}
}

// told takes the detail apart: what happened, and after "; " what to do.
func (g *Gap) told() (what, step string) {
	if at := strings.LastIndex(g.Detail, "; "); at >= 0 {
		return g.Detail[:at], g.Detail[at+2:]
	}
	return g.Detail, ""
}

// Step is what the detail says to do; empty where it says nothing of that.
func (g *Gap) Step() string {
	_, step := g.told()
	return step
}

// Said is what somebody else said, as a part of a Detail: nobody else has a say in what to do.
func Said(text string) string { return strings.ReplaceAll(text, "; ", ", ") }

// Clause says what happened, after the name of what could not be read: "could
// not be read: the reader lacks s3:GetBucketPolicy". What to do is Remedy's.
func (g *Gap) Clause() string {
	what, _ := g.told()
	switch g.Reason {
	case ReasonMalformed:
		return withDetail("could not be understood", what)
	case ReasonInterrupted:
		return "was not read: " + g.Cause()
	case ReasonSubjectMissing, ReasonUnsupported, ReasonUndetermined:
		return withDetail("is not known", what)
	default:
		return "could not be read: " + g.Cause()
	}
}

// Remedy says what to do next, without the resource: many gaps may share it. It
// does not repeat what happened.
func (g *Gap) Remedy() string {
	if lacked := g.LackedPermission(); lacked != "" {
		return "grant " + lacked
	}
	if g.Transient() {
		return "run the scan again; when it repeats, check the network path and lower --concurrency"
	}
	if step := g.Step(); step != "" {
		return step
	}
	noun := cmp.Or(g.Kind.Noun(), "evidence")
	switch {
	case g.Reason == ReasonMalformed && g.Call != "":
		return "check what answers " + g.Call
	case g.Reason == ReasonSubjectMissing:
		return "check whether the " + noun + " exists, and how the configuration names it"
	case g.Reason == ReasonUnsupported, g.Reason == ReasonUndetermined:
		return "check the " + noun + " by hand"
	default:
		return "check " + cmp.Or(g.Call, "the "+noun)
	}
}

func withDetail(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + ": " + detail
}
