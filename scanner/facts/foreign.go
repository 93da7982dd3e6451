package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// foreign gathers who in other accounts has access to the objects.
type foreign struct {
	proof.List
	accesses []fact.Access
	refs     []string
	gaps     []scanner.Gap
	needs    []string
	declared []string // keys that the operator declared, and that decide
	// elsewhere says that something depends on more than the operator's organization.
	elsewhere bool
	effort    iam.Effort
}

// undecided notes a gap that leaves something open, once.
func (f *foreign) undecided(gap scanner.Gap) {
	if !slices.ContainsFunc(f.gaps, func(g scanner.Gap) bool { return scanner.CompareGaps(g, gap) == 0 }) {
		f.gaps = append(f.gaps, gap)
	}
}

func (f *foreign) undecidedBy(gaps []scanner.Gap) {
	for _, gap := range gaps {
		f.undecided(gap)
	}
}

// depends notes keys that decide, each once.
func (f *foreign) depends(needs ...string) {
	for _, key := range needs {
		if at, found := slices.BinarySearch(f.needs, key); !found {
			f.needs = slices.Insert(f.needs, at, key)
		}
	}
}

// trespass is what others may do to a bucket.
type trespass struct {
	actions  []trail.Action
	grants   map[string]string // the permissions of an access control list by which they may, and the action that each stands for
	expected []string          // accounts and ARNs that may
	does     string            // "write to the bucket"
	nobody   string            // says that nobody may
}

// foreignWriters lists principals of other accounts, anonymous callers and
// unbound services that a bucket policy or ACL lets write or delete under the
// path. One that certainly may decides, whatever else could not be read.
func (e *export) foreignWriters() *fact.Of[fact.ForeignAccess] {
	return e.foreignAccess(&trespass{
		actions: trail.Harmful(), grants: writePermissions, expected: e.Expect.BreakGlass,
		does: "write to the bucket", nobody: "nobody else may write or delete under the path",
	})
}

// foreignAccess lists who may do what others should not.
func (e *export) foreignAccess(w *trespass, more ...foreign) *fact.Of[fact.ForeignAccess] {
	if status, ok := e.PathIsThere(e.BucketARN); !ok {
		return fact.Unresolved[fact.ForeignAccess](status)
	}
	f := e.foreignByPolicy(w)
	for _, other := range append([]foreign{e.foreignByACL(w)}, more...) {
		f.accesses = append(f.accesses, other.accesses...)
		for _, r := range other.Reasons {
			f.Add(r)
		}
		f.refs = append(f.refs, other.refs...)
		f.gaps = append(f.gaps, other.gaps...)
	}
	status := scanner.FactStatus{
		Resource: e.BucketARN, Reasons: f.Reasons, More: f.More,
		Evidence: proof.Evidence(f.Reasons, f.refs...), Assumptions: e.OwnerControls().Taken(e.AssumptionsWith(f.declared), scanner.NoRCP),
	}
	switch {
	case len(f.accesses) > 0:
	case len(f.gaps) > 0:
		status.State, status.Gaps = scanner.FactUnknown, f.gaps
		status.Because = "whether others may " + w.does + " is open: " + proof.Because("the "+f.gaps[0].Kind.Noun(), &f.gaps[0])
		return fact.Unresolved[fact.ForeignAccess](status)
	case len(f.needs) > 0:
		status.State, status.Needs = scanner.FactUnknown, f.needs
		status.Because = "whether others may " + w.does + " depends on " + proof.DependsOn(f.needs)
		if organization, _ := e.Organization(); !f.elsewhere && organization == "" {
			status.DeclaredIn = scanner.DeclaredOrganization
		}
		if gaps := e.BucketTagGaps(f.needs); len(gaps) > 0 {
			status.Gaps, status.DeclaredIn = gaps, ""
			status.Because = "whether others may " + w.does + " is open: " + proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0])
		}
		return fact.Unresolved[fact.ForeignAccess](status)
	default:
		status.Reasons = append(status.Reasons, fact.Note("", w.nobody))
	}
	return fact.Known(fact.ForeignAccess{Bucket: e.Config.Endpoint.Bucket, Accesses: listed.Merge(f.accesses)}, status)
}

// ownAccounts are the accounts whose principals are not foreign: the bucket
// owner's and the writer's, and whether both are known.
func (e *export) ownAccounts() (accounts []string, gaps []scanner.Gap) {
	owner, l := e.BucketAccount()
	if owner == "" {
		gaps = append(gaps, l.Gap)
	}
	writerAccount := iam.AccountOf(e.Writer.ARN)
	if writerAccount == "" {
		gaps = append(gaps, e.WriterGaps()...)
	}
	for _, account := range []string{owner, writerAccount} {
		if account != "" {
			accounts = append(accounts, account)
		}
	}
	return accounts, gaps
}

func (e *export) foreignByPolicy(w *trespass) foreign {
	p := e.BucketPolicy()
	switch {
	case p.Gap != nil:
		return foreign{gaps: []scanner.Gap{*p.Gap}}
	case p.Policy == nil:
		return foreign{refs: []string{p.Ref}}
	}
	f := foreign{refs: []string{p.Ref}}
	restrict := e.AccessBlock(func(b *document.AccessBlock) bool { return b.RestrictPublicBuckets })
	own, ownGaps := e.ownAccounts()
	unread := e.mayKeepOut(p.Doc, &restrict)
	refs := maps.Clone(e.OwnerControls().Refs)
	refs[p.Policy.Name()] = p.Ref
	for _, action := range w.actions {
		if f.effort > proof.MaxEffort {
			f.undecided(proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "who may "+action.Name))
			break
		}
		for _, access := range e.whoWrites(&action, p.Doc, restrict.On, &f.effort) {
			account := listed.AccountOf(&access.Principal)
			needs, shown := access.OutsideNeeds(), listed.Of(p.Doc, p.Ref, &access, "by the bucket policy")
			if member, ok := e.byOrganization(&action, p.Doc, restrict.On, &access, &f.effort); ok {
				access, needs = member, nil
				shown.Principal = f.memberOf(e.Organization())
			}
			switch {
			case slices.Contains(own, account), slices.Contains(w.expected, access.Principal.Value), account != "" && slices.Contains(w.expected, account):
			case access.Principal.Kind == iam.ClassService:
				f.addService(e, e.writeQuestion(action.Name, e.resourceOf(&action), p.Doc, false), p.Doc, shown, &access, refs)
			case len(needs) > 0:
				f.elsewhere = f.elsewhere || !ofOrganization(&access, needs)
				f.depends(needs...)
				f.AddAccess(refs, &access)
			case access.Capped:
				f.undecided(proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "who may "+w.does))
			case len(unread) > 0:
				f.undecidedBy(unread)
			case len(ownGaps) > 0 && account != "":
				// The account may be the bucket's or the writer's own.
				f.undecidedBy(ownGaps)
			default:
				f.accesses = append(f.accesses, shown)
				f.AddAccess(refs, &access)
			}
		}
	}
	return f
}

// memberOf names anybody of an organization, and notes that it is declared.
func (f *foreign) memberOf(organization string, declared bool) string {
	if declared {
		f.declared = append(f.declared, view.PrincipalOrgKey)
		return "anybody of organization " + organization + ", which you declared,"
	}
	return "anybody of organization " + organization
}

// mayKeepOut are the gaps in the place of what might keep out somebody whom the bucket
// policy lets in.
func (e *export) mayKeepOut(d *view.PolicyDocument, restrict *view.Restriction) []scanner.Gap {
	if d.Public().Public {
		return slices.Concat(e.OwnerControls().Gaps, restrict.Gaps)
	}
	return e.OwnerControls().Gaps
}

// whoWrites asks who outside the owner's account may do an action by the
// bucket policy. A bucket whose owner is not known is taken for one of an account
// that nobody names. The caller then leaves out who may be the owner.
func (e *export) whoWrites(action *trail.Action, d *view.PolicyDocument, restrict bool, effort *iam.Effort) []iam.Access {
	if !d.Policy.MayAllow(action.Name) {
		return nil // as of most actions: a question costs far more, even where its answer is kept
	}
	ask := func(resource string) []iam.Access {
		owner, _ := e.BucketAccount()
		key := view.AnswerKey{Question: action.Name, Resource: resource, Owner: owner, Restrict: restrict, More: e.OwnerControls().Key + e.MembershipOf(owner).Path + " " + e.BucketTags().Digest}
		return view.Remember(d, key, effort, func(cost *iam.Effort) []iam.Access {
			q := e.writeQuestion(action.Name, resource, d, restrict)
			q.Effort = cost
			return iam.WhoCan(*q)
		})
	}
	if action.Bucket {
		return ask(e.BucketARN)
	}
	// Exports that share a bucket share the answer about all of it. Mostly nobody else
	// may, and no question about the path is left.
	if len(ask(e.BucketARN+"/*")) == 0 {
		return nil
	}
	return ask(e.Target())
}

// writeQuestion asks who outside the owner's account may do an action.
func (e *export) writeQuestion(action, resource string, d *view.PolicyDocument, restrict bool) *iam.WhoCanQuestion {
	owner, _ := e.BucketAccount()
	controls := e.OwnerControls()
	if owner == "" {
		owner = d.Unnamed()
	}
	q := &iam.WhoCanQuestion{
		Action: action, Resource: resource, ResourceAccount: owner,
		Policies: iam.Policies{
			Resource: d.Policy, RestrictPublicBuckets: restrict,
			RCPs: controls.Levels, ManagementAccount: controls.Management,
		},
		Outside: true,
	}
	q.Context, q.Absent = e.BucketTags().Context(e.Run.Requests.Clock)
	if m := e.MembershipOf(owner); m.Member {
		q.Context = q.Context.With(view.ResourceOrgKey, m.ID).With(view.ResourcePathsKey, m.Path)
	}
	return q
}

// resourceOf is what an action is asked on.
func (e *export) resourceOf(action *trail.Action) string {
	if action.Bucket {
		return e.BucketARN
	}
	return e.Target()
}

// addService adds what a service may do on behalf of accounts that are not
// the owner's. A service is bound only where it is refused for all of them.
func (f *foreign) addService(e *export, q *iam.WhoCanQuestion, d *view.PolicyDocument, access fact.Access, service *iam.Access, refs map[string]string) {
	if f.effort > proof.MaxEffort {
		f.undecided(proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "on whose behalf a service acts"))
		return
	}
	q.Effort = &f.effort
	own, ownGaps := e.ownAccounts()
	if owner, _ := e.BucketAccount(); owner != "" {
		q.Context = q.Context.With("aws:ResourceAccount", owner)
	}
	var gaps []scanner.Gap
	var needs []string
	sources, decided := e.actsFor(q, d, service.Principal, slices.Concat(own, e.Expect.BucketAccounts, []string{q.ResourceAccount}))
	if decided {
		f.memberOf(e.Organization())
	}
	for _, via := range sources {
		outside := via.OutsideNeeds()
		switch {
		case len(outside) > 0:
			needs = append(needs, outside...)
		case via.Capped:
			gaps = append(gaps, proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "on whose behalf a service acts"))
		case via.Account == "" || via.Ownerless:
			needs = append(needs, "aws:SourceAccount")
		case via.Named && len(ownGaps) > 0:
			gaps = ownGaps
		case len(e.OwnerControls().Gaps) > 0:
			gaps = e.OwnerControls().Gaps
		default:
			f.accesses = append(f.accesses, access)
			f.AddAccess(refs, service)
			return
		}
	}
	if len(gaps) > 0 {
		needs = nil
	}
	f.undecidedBy(gaps)
	f.elsewhere = f.elsewhere || slices.ContainsFunc(needs, func(key string) bool { return !strings.EqualFold(key, sourceOrgKey) })
	f.depends(needs...)
	if len(gaps)+len(needs) > 0 {
		f.AddAccess(refs, service)
	}
}
