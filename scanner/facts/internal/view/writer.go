package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Writer is the principal that uploads, as far as it is known.
type Writer struct {
	Method string // MethodRole, MethodAccessKey, or another
	ARN    string // empty where it is not known
	Source string // who names it, in words
	named  bool   // by the bucket policy
	Ref    string // the document that names it
	At     string // the place in it
	// Open says why the writer is not known: a gap, or (with none) that all
	// was read and nothing names it.
	Open []scanner.Gap
	Why  string
}

// Kind is "role", or "user" for everything else.
func (w *Writer) Kind() string {
	if w.Method == MethodRole {
		return "role"
	}
	return "user"
}

// document is the kind of IAM's own record of the writer.
func (w *Writer) document() document.Kind {
	if w.Method == MethodRole {
		return document.KindRole
	}
	return document.KindUser
}

// WriterGaps are those that leave the writer open, never none.
func (v *View) WriterGaps() []scanner.Gap {
	if len(v.Writer.Open) > 0 {
		return v.Writer.Open
	}
	return []scanner.Gap{{
		Kind: document.KindUser, Resource: v.Resource, Reason: scanner.ReasonSubjectMissing, Detail: v.Writer.Why,
	}}
}

func (v *View) findWriter() Writer {
	if status, ok := v.WritesToS3(); !ok && status.State == scanner.FactUnknown {
		return Writer{Open: status.Gaps, Why: status.Because}
	}
	method, why := v.Method()
	switch method {
	case MethodRole:
		return v.writingRole()
	case MethodAccessKey:
		return v.writingUser()
	default:
		return Writer{Method: method, Why: why, Open: []scanner.Gap{proof.Undetermined(document.KindConfiguration, v.Resource, why)}}
	}
}

func (v *View) writingRole() Writer {
	ep := &v.Config.Endpoint
	w := Writer{Method: MethodRole, Ref: v.ConfigRef, At: v.ConfigAt("/endpoint/roleArn")}
	switch {
	case ep.RoleARN != "":
		w.ARN, w.Source = ep.RoleARN, sourceName(ep.RoleARNSource)
	case v.Hint.RoleARN != "":
		w.ARN, w.Source = v.Hint.RoleARN, sourceName("")
	default:
		w.Why = "Immuta did not tell which role the export assumes; set " + v.Config.Setting("roleArn")
		w.Open = []scanner.Gap{v.untold("roleArn", document.KindRole, w.Why)}
		return w
	}
	if p := ParseARN(w.ARN); p.Service != "iam" || !iam.IsAccountID(p.Account) || !strings.HasPrefix(p.Resource, "role/") {
		w.Why = fmt.Sprintf("%q is not the ARN of a role; set %s", w.ARN, v.Config.Setting("roleArn"))
		w.Open = []scanner.Gap{proof.Undetermined(document.KindRole, v.Resource, w.Why)}
		w.ARN = ""
	}
	return w
}

// untold is the gap of a role or user that nobody named: as Immuta's source or
// the collector has it, else a new one.
func (v *View) untold(field string, kind document.Kind, detail string) scanner.Gap {
	for _, g := range v.Record.Gaps {
		if g.Kind == document.KindConfiguration && g.Name == field || g.Kind == kind {
			return g
		}
	}
	return scanner.Gap{Kind: kind, Resource: v.Resource, Reason: scanner.ReasonSubjectMissing, Detail: detail}
}

// writingUser finds the user whose key the export uses: Immuta never tells, so
// the operator does, or the bucket policy names one user alone.
func (v *View) writingUser() Writer {
	w := Writer{Method: MethodAccessKey, Ref: v.ConfigRef, At: v.ConfigAt("/endpoint/userArn")}
	switch {
	case v.Hint.UserARN != "":
		w.ARN = v.Hint.UserARN
	case v.Config.Endpoint.UserARN != "":
		w.ARN = v.Config.Endpoint.UserARN
	default:
		return v.namedUser()
	}
	w.Source = sourceName("")
	if p := ParseARN(w.ARN); p.Service != "iam" || !iam.IsAccountID(p.Account) || !strings.HasPrefix(p.Resource, "user/") {
		w.Why = fmt.Sprintf("%q is not the ARN of a user; correct %s", w.ARN, v.Config.Setting("userArn"))
		w.Open = []scanner.Gap{proof.Undetermined(document.KindUser, v.Resource, w.Why)}
		w.ARN = ""
	}
	return w
}

// namedUser is the one user whom the bucket policy allows to put objects. It
// is taken for the writer only where nobody else could be: a second user, an
// account or everybody in the same position leaves the writer open.
func (v *View) namedUser() Writer {
	w := Writer{Method: MethodAccessKey, Why: "Immuta does not tell whose access key the export uses; set " + v.Config.Setting("userArn")}
	if _, ok := v.WritesToBucket(); !ok {
		return w
	}
	policy := v.BucketPolicy()
	if policy.Gap != nil {
		w.Open = []scanner.Gap{*policy.Gap}
		return w
	}
	if policy.Policy == nil {
		return w
	}
	user, ok := iam.OneUser(Uploaders(policy.Doc, v.Target()))
	if !ok {
		return w
	}
	w.ARN, w.Ref = user.Principal.Value, policy.Ref
	w.At = proof.FirstAt(proof.Of(map[string]string{policy.Policy.Name(): policy.Ref}, user.Reasons), scanner.At(policy.Ref, ""))
	w.named, w.Source = true, "bucket policy, which lets this user alone upload"
	return w
}

// Uploaders lists whom a bucket policy by itself lets upload under the path.
func Uploaders(d *PolicyDocument, target string) []iam.Access {
	var effort iam.Effort // of one question
	return Remember(d, AnswerKey{Question: "uploaders", Resource: target}, &effort, func(*iam.Effort) []iam.Access {
		return iam.WhoIsNamed(d.Policy, "s3:PutObject", target)
	})
}

// WriterExists says whether the role or user is there, and whether that is
// decided. Any document that only an existing one has shows it too.
func (v *View) WriterExists() (exists, decided bool, l Look) {
	kind := v.Writer.document()
	l = v.Look(kind)
	if l.Absent() {
		return false, true, l
	}
	if _, ok := v.principalRecord(); ok {
		return true, true, l
	}
	l.Gap = v.GapOf(kind)
	if v.Writer.named {
		// A policy that is read back names a deleted user by its id, so that
		// one named by its ARN is there.
		return true, true, v.Look(document.KindBucketPolicy)
	}
	shows := []document.Kind{
		document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy,
		document.KindBoundary, document.KindAccessKeys,
	}
	for i := range v.Record.Evidence {
		ev := &v.Record.Evidence[i]
		if slices.Contains(shows, ev.Kind) && !ev.Absent {
			return true, true, Look{Doc: ev}
		}
	}
	return false, false, l
}
