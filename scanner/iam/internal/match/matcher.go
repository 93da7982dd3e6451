package match

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// Matcher matches statements with one request, in one world. It is meant to live on the stack.
type Matcher struct {
	Caller   principal.Caller
	Action   string
	Resource string // without the trailing star of a set
	Set      bool   // the question is about all resources that begin with Resource
	Keys     Keys

	// CanonicalUsers maps S3 canonical user ids to account ids, as far as they are known.
	CanonicalUsers map[string]string
	Bounded        bool // the caller has a permissions boundary

	World  []Assignment // values tried for unknown keys
	Tracer *trace.Trace // collects what is unknown; may be nil
	Steps  int          // of work, which matching adds to
}

// Assignment is a value tried for an unknown key; no values means absent.
type Assignment struct {
	Key    string
	Values []string
}
