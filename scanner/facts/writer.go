package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/iam"
)

// writer is the principal that uploads, as far as it is known.
type writer struct {
	method string // methodRole, methodAccessKey, or another
	arn    string // empty where it is not known
	source string
	named  bool   // by the bucket policy
	ref    string // the document that names it
	at     string
	// open says why the writer is not known: a gap, or (with none) that all
	// was read and nothing names it.
	open []scanner.Gap
	why  string
}

// writerGaps are those that leave the writer open, never none.
func (e *view) writerGaps() []scanner.Gap {
	if len(e.who.open) > 0 {
		return e.who.open
	}
	return []scanner.Gap{{
		Kind: document.KindUser, Resource: e.resource, Reason: scanner.ReasonSubjectMissing, Detail: e.who.why,
	}}
}

func (e *view) findWriter() writer {
	if status, ok := e.storage(); !ok && status.State == scanner.FactUnknown {
		return writer{open: status.Gaps, why: status.Because}
	}
	method, why := e.method()
	switch method {
	case methodRole:
		return e.writingRole()
	case methodAccessKey:
		return e.writingUser()
	default:
		return writer{method: method, why: why, open: []scanner.Gap{proof.Undetermined(document.KindConfiguration, e.resource, why)}}
	}
}

func (e *view) writingRole() writer {
	ep := &e.cfg.Endpoint
	w := writer{method: methodRole, ref: e.configRef, at: e.at("/endpoint/roleArn")}
	switch {
	case ep.RoleARN != "":
		w.arn, w.source = ep.RoleARN, sourceName(ep.RoleARNSource)
	case e.hint.RoleARN != "":
		w.arn, w.source = e.hint.RoleARN, sourceName("")
	default:
		w.why = "Immuta did not tell which role the export assumes; set exports." + e.cfg.ID + ".roleArn"
		w.open = []scanner.Gap{e.untold("roleArn", document.KindRole, w.why)}
		return w
	}
	if p := parseARN(w.arn); p.Service != "iam" || !iam.IsAccountID(p.Account) || !strings.HasPrefix(p.Resource, "role/") {
		w.why = fmt.Sprintf("%q is not the ARN of a role; set exports.%s.roleArn", w.arn, e.cfg.ID)
		w.open = []scanner.Gap{proof.Undetermined(document.KindRole, e.resource, w.why)}
		w.arn = ""
	}
	return w
}

// untold is the gap of a role or user that nobody named: as Immuta's source or
// the collector has it, else a new one.
func (e *view) untold(field string, kind document.Kind, detail string) scanner.Gap {
	for _, g := range e.record.Gaps {
		if g.Kind == document.KindConfiguration && g.Name == field || g.Kind == kind {
			return g
		}
	}
	return scanner.Gap{Kind: kind, Resource: e.resource, Reason: scanner.ReasonSubjectMissing, Detail: detail}
}

// writingUser finds the user whose key the export uses: Immuta never tells, so
// the operator does, or the bucket policy names one user alone.
func (e *view) writingUser() writer {
	w := writer{method: methodAccessKey, ref: e.configRef, at: e.at("/endpoint/userArn")}
	switch {
	case e.hint.UserARN != "":
		w.arn = e.hint.UserARN
	case e.cfg.Endpoint.UserARN != "":
		w.arn = e.cfg.Endpoint.UserARN
	default:
		return e.namedUser()
	}
	w.source = sourceName("")
	if p := parseARN(w.arn); p.Service != "iam" || !iam.IsAccountID(p.Account) || !strings.HasPrefix(p.Resource, "user/") {
		w.why = fmt.Sprintf("%q is not the ARN of a user; correct exports.%s.userArn", w.arn, e.cfg.ID)
		w.open = []scanner.Gap{proof.Undetermined(document.KindUser, e.resource, w.why)}
		w.arn = ""
	}
	return w
}

// namedUser is the one user whom the bucket policy allows to put objects. It
// is taken for the writer only where nobody else could be: a second user, an
// account or everybody in the same position leaves the writer open.
func (e *view) namedUser() writer {
	w := writer{method: methodAccessKey, why: "Immuta does not tell whose access key the export uses; set exports." + e.cfg.ID + ".userArn"}
	if _, ok := e.destination(); !ok {
		return w
	}
	policy := e.bucketPolicy()
	if policy.gap != nil {
		w.open = []scanner.Gap{*policy.gap}
		return w
	}
	if policy.policy == nil {
		return w
	}
	user, ok := iam.OneUser(whoUploads(policy.doc, e.target()))
	if !ok {
		return w
	}
	w.arn, w.ref = user.Principal.Value, policy.ref
	w.at = proof.FirstAt(proof.Of(map[string]string{policy.policy.Name(): policy.ref}, user.Reasons), scanner.At(policy.ref, ""))
	w.named, w.source = true, "bucket policy, which lets this user alone upload"
	return w
}

// whoUploads lists whom a bucket policy by itself lets upload under the path.
func whoUploads(d *policyDocument, target string) []iam.Access {
	var effort iam.Effort // of one question
	return remember(d, answerKey{question: "uploaders", resource: target}, &effort, func(*iam.Effort) []iam.Access {
		return iam.WhoIsNamed(d.policy, "s3:PutObject", target)
	})
}

func (e *export) writer() *fact.Of[fact.Writer] {
	w := &e.who
	resource := e.resource
	status, s3 := e.storage()
	switch {
	case !s3:
		return fact.Unresolved[fact.Writer](status)
	case w.arn == "" && len(w.open) > 0:
		return fact.Unresolved[fact.Writer](fact.Unknown(resource, w.why, w.open...))
	}
	kind := writerKind(w.method)
	if w.arn == "" {
		return fact.Known(fact.Writer{Kind: kind}, fact.Rests(resource, []string{e.configRef}, fact.Note(e.at("/endpoint"), w.why)))
	}
	exists, decided, l := e.writerExists()
	if !decided {
		return fact.Unresolved[fact.Writer](fact.Unknown(resource, proof.Because("whether "+w.arn+" exists", &l.gap), l.gap))
	}
	text := fmt.Sprintf("the export writes as %s, says the %s", w.arn, w.source)
	if !exists {
		text += "; IAM answered that it does not exist"
	}
	return fact.Known(
		fact.Writer{ARN: w.arn, Kind: kind, Known: true, Source: w.source, Exists: exists},
		fact.Rests(resource, []string{w.ref, l.ref()}, fact.Note(w.at, text)),
	)
}

func writerKind(method string) string {
	if method == methodRole {
		return "role"
	}
	return "user"
}

// writerExists says whether the role or user is there, and whether that is
// decided. Any document that only an existing one has shows it too.
func (e *view) writerExists() (exists, decided bool, l look) {
	kind := document.KindUser
	if e.who.method == methodRole {
		kind = document.KindRole
	}
	l = e.look(kind)
	if l.absent() {
		return false, true, l
	}
	if _, ok := e.principalRecord(); ok {
		return true, true, l
	}
	l.gap = e.gapOf(kind)
	if e.who.named {
		// A policy that is read back names a deleted user by its id, so that
		// one named by its ARN is there.
		return true, true, e.look(document.KindBucketPolicy)
	}
	shows := []document.Kind{document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy, document.KindBoundary, document.KindAccessKeys}
	for i := range e.record.Evidence {
		ev := &e.record.Evidence[i]
		if slices.Contains(shows, ev.Kind) && !ev.Absent {
			return true, true, look{doc: ev}
		}
	}
	return false, false, l
}
