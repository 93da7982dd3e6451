package trust

import (
	"maps"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// trustName is what reasons call the role's trust policy.
const trustName = "trust policy"

// Role is the role that an export assumes, with who may assume it.
type Role struct {
	export   *view.View
	arn      string // as the export names it; empty where it is not known, or there is none
	account  string
	policy   view.Slot      // the trust policy; of a role that does not exist, only what says so
	controls *view.Controls // the resource control policies that bind the role
	// known says that the trust policy was read. Where it was not, status is that of
	// every fact about it.
	known  bool
	status scanner.FactStatus
}

// Read reads the trust policy of an export's role. A role that does not exist is one
// that nobody can assume.
func Read(export *view.View) *Role {
	r := &Role{export: export}
	r.status, r.known = r.read()
	return r
}

// Policy is the trust policy. Where it was not read, ok is false and the status says
// why.
func (r *Role) Policy() (policy view.Slot, status scanner.FactStatus, ok bool) {
	return r.policy, r.status, r.known
}

func (r *Role) read() (status scanner.FactStatus, known bool) {
	v := r.export
	if status, ok := v.WritesToS3(); !ok {
		return status, false
	}
	if v.Writer.Method == view.MethodAccessKey {
		return fact.NotApplicable(v.Resource, "the export uses an access key, not a role"), false
	}
	if v.Writer.ARN == "" {
		return fact.Unknown(v.Resource, v.Writer.Why, v.WriterGaps()...), false
	}
	r.arn, r.account = v.Writer.ARN, iam.AccountOf(v.Writer.ARN)
	r.controls = v.ControlsOf(document.ResourceControls, r.account)
	if exists, decided, l := v.WriterExists(); decided && !exists {
		r.policy.Ref = l.Ref()
		status := fact.NotApplicable(r.arn, "the role does not exist")
		status.Evidence = []string{r.policy.Ref}
		return status, false
	}
	l := v.Look(document.KindTrustPolicy)
	if !l.Read() {
		gap := v.GapOf(document.KindTrustPolicy)
		return fact.Unknown(r.arn, proof.Because("the role's trust policy", &gap), gap), false
	}
	p := v.Parse(l.Doc, iam.TrustPolicy, trustName)
	if p.Gap != nil {
		return fact.Unknown(r.arn, proof.Because("the role's trust policy", p.Gap), *p.Gap), false
	}
	r.policy = p
	return scanner.FactStatus{}, true
}

// refs are the documents of a question about the role, by their policies' names.
func (r *Role) refs() map[string]string {
	refs := maps.Clone(r.controls.Refs)
	refs[trustName] = r.policy.Ref
	return refs
}

// policies are those of the role's side.
func (r *Role) policies() *iam.Policies {
	return &iam.Policies{Resource: r.policy.Policy, RCPs: r.controls.Levels, ManagementAccount: r.controls.Management}
}

// mayKeepOut are the gaps in the place of what may keep out somebody whom the trust
// policy lets in: control policies, and tags of the role by which they go.
func (r *Role) mayKeepOut(accesses []iam.Access) []scanner.Gap {
	gaps := slices.Clone(r.controls.Gaps)
	for i := range accesses {
		if tags := r.export.ResourceTags().Gaps(accesses[i].Needs); len(tags) > 0 {
			return append(gaps, tags...)
		}
	}
	return gaps
}

// unread is the status of a fact about somebody whom the trust policy lets in, where
// what nobody could read may keep him out.
func (r *Role) unread(what string, gaps []scanner.Gap) scanner.FactStatus {
	status := fact.Unknown(r.arn, what+" is open: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...)
	status.Evidence = []string{r.policy.Ref}
	return status
}

// open is the status of a fact about who gets in, where nobody can tell who else.
func (r *Role) open(question string) scanner.FactStatus {
	gap := proof.TooIntricate(document.KindTrustPolicy, r.arn, question)
	return fact.Unknown(r.arn, gap.Detail, gap)
}

// giveReasons puts the statements by which some get in into a status.
func (r *Role) giveReasons(accesses []iam.Access, status *scanner.FactStatus) {
	var p proof.List
	for i := range accesses {
		p.AddAccess(r.refs(), &accesses[i])
	}
	status.Reasons, status.More = p.Reasons, p.More
}

// access turns one access to the role into what a rule sees.
func (r *Role) access(a *iam.Access, how string) fact.Access {
	return listed.Of(r.policy.Doc, r.policy.Ref, a, how)
}

// assumeContext is what is known of any request to assume the role, with keys that
// are absent.
func (r *Role) assumeContext() (known iam.Context, absent []string) {
	return r.export.ResourceTags().Context(r.export.Run.Requests.Clock.WithEach(map[string]string{"aws:SecureTransport": "true", "aws:ResourceAccount": r.account}))
}
