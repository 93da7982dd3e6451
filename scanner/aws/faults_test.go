package aws

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/events"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/aws/internal/trails"
	"github.com/trailguard/trailguard/scanner/document"
)

// twoAccounts is acme's bucket, role and user, and a bucket and a role in
// another account that is read through a role there.
func twoAccounts() (world, []scanner.Record, map[string]Account) {
	w := acme()
	b := acmeBucket()
	b.owner, b.region = other, "us-west-2"
	b.documents["GetBucketEncryption"] = encryptionXML(strings.Replace(theKey, home, other, 1))
	w.buckets["other-audit"] = b
	w.keys[strings.Replace(theKey, home, other, 1)] = allowAll
	w.roles[other+"/exporter"] = &fakePrincipal{path: "/", trust: trustPolicy, inline: map[string]string{"put": allowAll}}
	reader := "arn:aws:iam::" + other + ":role/trailguard-reader"
	w.trusts[reader] = "shared"
	return w, []scanner.Record{
		roleExport("1", "acme-audit", roleARN),
		userExport("2", "acme-audit", userARN),
		roleExport("3", "other-audit", "arn:aws:iam::"+other+":role/exporter"),
	}, map[string]Account{other: {AssumeRole: reader, ExternalID: "shared"}}
}

// lost is what the first two records no longer hold when an operation fails.
// Everything else has to be there as before.
func lost() map[string][]document.Kind {
	controls := []document.Kind{document.KindServiceControls, document.KindServiceControl, document.KindResourceControls, document.KindResourceControl}
	return map[string][]document.Kind{
		callHeadBucket: {
			document.KindAccountAccessBlock, document.KindOrganizationAccessBlock, document.KindBucket, document.KindBucketOwner, document.KindEventDataStore, document.KindEventDataStores,
			document.KindEventSelectors, document.KindTrailStatus, document.KindTrails, document.KindEventHistory,
		},
		events.CallLookup:          {document.KindEventHistory},
		callListObjects:            {document.KindDelivery},
		callBucketPolicy:           {document.KindBucketPolicy},
		callBucketPolicyStatus:     {document.KindBucketPolicyStatus},
		callPublicAccessBlock:      {document.KindPublicAccessBlock},
		callEncryption:             {document.KindEncryption, document.KindKey, document.KindKeyGrants, document.KindKeyPolicy, document.KindKeyRotation},
		callVersioning:             {document.KindVersioning},
		callObjectLock:             {document.KindObjectLock},
		callLifecycle:              {document.KindLifecycle},
		callOwnership:              {document.KindOwnership},
		callACL:                    {document.KindACL},
		trails.CallDescribe:        {document.KindEventSelectors, document.KindTrailStatus, document.KindTrails},
		trails.CallStatus:          {document.KindTrailStatus},
		trails.CallSelectors:       {document.KindEventSelectors},
		trails.CallStores:          {document.KindEventDataStore, document.KindEventDataStores},
		trails.CallStore:           {document.KindEventDataStore},
		callLogging:                {document.KindAccessLog},
		callReplication:            {document.KindReplication},
		callRequestPayment:         {document.KindRequestPayment},
		callABAC:                   {document.KindBucketABAC},
		callBucketTags:             {document.KindBucketABAC},
		callAccountAccessBlock:     {document.KindAccountAccessBlock},
		callGetRole:                {document.KindIdentityPolicies, document.KindBoundary, document.KindRole, document.KindTrustPolicy},
		callAttachedRole:           {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callRolePolicies:           {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callRolePolicy:             {document.KindIdentityPolicy},
		callGetUser:                {document.KindIdentityPolicies, document.KindUser},
		callAttachedUser:           {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callUserPolicies:           {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callUserPolicy:             {document.KindIdentityPolicy},
		callGroupsForUser:          {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callAttachedGroup:          {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callGroupPolicies:          {document.KindIdentityPolicies, document.KindIdentityPolicy},
		callGroupPolicy:            {document.KindIdentityPolicy},
		callGetPolicy:              {document.KindIdentityPolicy, document.KindBoundary},
		callPolicyVersion:          {document.KindIdentityPolicy, document.KindBoundary},
		callAccessKeys:             {document.KindAccessKeys},
		callAccessKeyLastUsed:      {document.KindAccessKeys},
		callDescribeKey:            {document.KindKey},
		callKeyPolicy:              {document.KindKeyPolicy},
		callKeyRotation:            {document.KindKeyRotation},
		callKeyGrants:              {document.KindKeyGrants},
		callCallerIdentity:         {},
		organization.CallEffective: {document.KindOrganizationAccessBlock},
		// Its account's record is the third, and the organization is everybody's.
		callAssumeRole:                slices.Concat([]document.Kind{document.KindOrganization, document.KindOrganizationPath}, controls),
		organization.CallOrganization: {document.KindOrganization},
		organization.CallRoots:        {document.KindOrganization},
		organization.CallParents:      append([]document.Kind{document.KindOrganizationPath}, controls...),
		organization.CallPolicies:     controls,
		organization.CallPolicy:       {document.KindServiceControl, document.KindResourceControl},
		callAuthorization:             {}, // everything is read one by one then
	}
}

// TestEveryFault breaks each operation in each way: what it would have told is
// a gap with its reason and permission, and nothing else is lost.
func TestEveryFault(t *testing.T) {
	w, records, accounts := twoAccounts()
	whole := newFake(t, w)
	o := whole.options()
	o.Accounts, o.Organization, o.Who = accounts, managementReader, whoOfBuckets
	before := collect(t, o, records...)
	for i := range before {
		if len(before[i].Gaps) != 0 {
			t.Fatalf("gaps without a fault: %+v", before[i].Gaps)
		}
	}
	for how, reason := range map[misbehaviour]scanner.GapReason{
		denied: scanner.ReasonDenied, throttled: scanner.ReasonThrottled, html: scanner.ReasonMalformed,
		reset: scanner.ReasonUnreachable, hang: scanner.ReasonTimeout,
	} {
		t.Run(string(how), func(t *testing.T) {
			var group errgroup.Group
			if group.SetLimit(2); how == hang { // which is long and idle
				group.SetLimit(11)
			}
			for _, op := range Operations() {
				group.Go(func() error {
					f := newFake(t, w)
					f.faults[op.Call()] = how
					o := f.options()
					o.Accounts, o.Concurrency, o.Timeout = accounts, 4, time.Minute
					o.Organization, o.Who = managementReader, whoOfBuckets
					if op.Call() == callAuthorization {
						o.BulkFrom = 1
					}
					if how == hang {
						o.Timeout, o.MaxAttempts = 10*time.Second, 1
					}
					checkFault(t, op, how, reason, before, collect(t, o, records...))
					return nil
				})
			}
			if err := group.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

func checkFault(t *testing.T, op Operation, how misbehaviour, reason scanner.GapReason, before, after []scanner.Record) {
	missing := map[document.Kind]bool{}
	hit := false
	permission := op.Permission
	if op.Call() == callAssumeRole && reason == scanner.ReasonDenied {
		permission = "" // a grant alone does not do it
	}
	for i := range after {
		for _, g := range after[i].Gaps {
			hit = hit || g.Call == op.Call()
			switch {
			case g.Call == op.Call() && (g.Reason != reason || g.Permission != permission || g.Detail == ""):
				t.Errorf("%s %s: gap %+v", how, op.Call(), g)
			case g.Call != op.Call() && !follows(op, g):
				t.Errorf("%s %s: unexpected gap %+v", how, op.Call(), g)
			}
		}
		for j := range before[i].Evidence {
			e := &before[i].Evidence[j]
			now, ok := after[i].Find(e.Kind, e.Resource, e.Name)
			if ok && now.Digest == e.Digest && now.Absent == e.Absent {
				continue
			}
			if i < 2 {
				missing[e.Kind] = true
			}
			if !explained(&after[i], e) {
				t.Errorf("%s %s: %s is gone without a gap", how, op.Call(), e.Ref())
			}
		}
	}
	if hit == (op.Call() == callAuthorization) {
		t.Errorf("%s %s: no gap, or one that is none", how, op.Call())
	}
	want := slices.Sorted(slices.Values(lost()[op.Call()]))
	if got := slices.Sorted(maps.Keys(missing)); !slices.Equal(got, want) {
		t.Errorf("%s %s: lost %v, want %v", how, op.Call(), got, want)
	}
}

// follows says whether a gap is a consequence of a failed operation rather
// than a failure of its own.
func follows(op Operation, g scanner.Gap) bool {
	switch op.Call() {
	case callHeadBucket: // no owner, no account to ask
		asked := slices.Contains([]document.Subject{document.SubjectAccount, document.SubjectTrail, document.SubjectHistory}, g.Kind.Subject())
		return asked && g.Reason == scanner.ReasonSubjectMissing
	case callAssumeRole: // the other account's bucket is asked for with the caller's own credentials
		return strings.Contains(g.Resource, "other-audit") || strings.Contains(g.Resource, "account/") || g.Kind.Subject() == document.SubjectTrail
	}
	return false
}

// explained says whether a gap covers evidence: its own, or that of what would
// have named it.
func explained(r *scanner.Record, e *scanner.Evidence) bool {
	covering := []document.Kind{e.Kind}
	switch e.Kind {
	case document.KindIdentityPolicy:
		covering = append(covering, document.KindIdentityPolicies)
	case document.KindKey, document.KindKeyGrants, document.KindKeyPolicy, document.KindKeyRotation:
		covering = append(covering, document.KindEncryption)
	case document.KindServiceControls, document.KindServiceControl, document.KindResourceControls, document.KindResourceControl:
		covering = append(covering, document.KindServiceControls, document.KindResourceControls, document.KindOrganizationPath)
	case document.KindTrailStatus, document.KindEventSelectors:
		covering = append(covering, document.KindTrails)
	case document.KindEventDataStore:
		covering = append(covering, document.KindEventDataStores)
	default:
	}
	for _, g := range r.Gaps {
		if slices.Contains(covering, g.Kind) {
			return true
		}
	}
	return false
}

func TestAnswersThatAreNone(t *testing.T) {
	for how, reason := range map[misbehaviour]scanner.GapReason{
		cutOff: scanner.ReasonMalformed, failing: scanner.ReasonUnreachable,
	} {
		for _, call := range []string{callBucketPolicy, callEncryption, callGetRole, callDescribeKey} {
			f := newFake(t, acme())
			f.faults[call] = how
			r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
			found := false
			for _, g := range r.Gaps {
				found = found || g.Call == call && g.Reason == reason
			}
			if !found {
				t.Errorf("%s %s: %+v", how, call, r.Gaps)
			}
		}
	}
}

// TestBodiesOfTheWrongShape are answers with AWS's headers and somebody else's
// content.
func TestBodiesOfTheWrongShape(t *testing.T) {
	for name, broken := range map[string]struct {
		op, body string
		kind     document.Kind
	}{
		"policy is a page":        {"GetBucketPolicy", "<html></html>", document.KindBucketPolicy},
		"policy is a list":        {"GetBucketPolicy", "[]", document.KindBucketPolicy},
		"policy is null":          {"GetBucketPolicy", "null", document.KindBucketPolicy},
		"policy is cut off":       {"GetBucketPolicy", `{"Version":`, document.KindBucketPolicy},
		"other root":              {"GetBucketEncryption", "<Encryption/>", document.KindEncryption},
		"document is cut off":     {"GetBucketVersioning", "<VersioningConfiguration><Status>Enabled</Sta", document.KindVersioning},
		"acl without owner":       {"GetBucketAcl", "<AccessControlPolicy/>", document.KindACL},
		"ownership without rule":  {"GetBucketOwnershipControls", "<OwnershipControls/>", document.KindOwnership},
		"status without answer":   {"GetBucketPolicyStatus", "<PolicyStatus/>", document.KindBucketPolicyStatus},
		"encryption without rule": {"GetBucketEncryption", "<ServerSideEncryptionConfiguration/>", document.KindEncryption},
		"block without settings":  {"GetPublicAccessBlock", "<PublicAccessBlockConfiguration/>", document.KindPublicAccessBlock},
		"block with one setting":  {"GetPublicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>", document.KindPublicAccessBlock},
		"lifecycle without rule":  {"GetBucketLifecycleConfiguration", "<LifecycleConfiguration/>", document.KindLifecycle},
		"lock that says nothing":  {"GetObjectLockConfiguration", "<ObjectLockConfiguration/>", document.KindObjectLock},
		"acl without a list":      {"GetBucketAcl", "<AccessControlPolicy><Owner><ID>own</ID></Owner></AccessControlPolicy>", document.KindACL},
		"no XML":                  {"GetBucketLogging", "OK", document.KindAccessLog},
	} {
		t.Run(name, func(t *testing.T) {
			w := acme()
			w.buckets["acme-audit"].documents[broken.op] = broken.body
			r := collect(t, newFake(t, w).options(), roleExport("1", "acme-audit", roleARN))[0]
			if g := gapOf(t, &r, broken.kind); g.Reason != scanner.ReasonMalformed || g.Call != "s3:"+broken.op {
				t.Errorf("gap %+v", g)
			}
			if _, ok := r.Find(broken.kind, "", ""); ok {
				t.Error("evidence beside the gap")
			}
		})
	}
}

func TestDocumentsThatAreNoPolicies(t *testing.T) {
	w := acme()
	w.roles[home+"/exporter"].trust = "not a policy"
	w.managed[writePolicy] = "[]"
	r := collect(t, newFake(t, w).options(), roleExport("1", "acme-audit", roleARN))[0]
	if g := gapOf(t, &r, document.KindTrustPolicy); g.Reason != scanner.ReasonMalformed {
		t.Errorf("gap %+v", g)
	}
	if g, ok := r.FindGap(document.KindIdentityPolicy, "", writePolicy); !ok || g.Reason != scanner.ReasonMalformed {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

func TestWhatDeniedIsNamed(t *testing.T) {
	const who = "User: arn:aws:sts::111111111111:assumed-role/r/s is not authorized to perform: iam:GetRole on resource: role x "
	for message, want := range map[string]string{
		"because no identity-based policy allows the iam:GetRole action":                 "no identity-based policy allows it",
		"because no resource-based policy allows the action":                             "no resource-based policy allows it",
		"because no permissions boundary allows the action":                              "no permissions boundary allows it",
		"because no service control policy allows the action":                            "no service control policy allows it",
		"with an explicit deny in a service control policy":                              "type service control policy",
		"with an explicit deny in an identity-based policy":                              "type identity-based policy",
		"with an explicit deny in a resource control policy: arn:aws:organizations::p-1": "type resource control policy",
		"with an explicit deny in a VPC endpoint policy":                                 "type VPC endpoint policy",
		"with an explicit deny in a session policy":                                      "type session policy",
		"with an explicit deny in a permissions boundary":                                "type permissions boundary",
	} {
		f := newFake(t, acme())
		f.refusals[callGetRole] = [2]string{"AccessDenied", who + message}
		r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
		g := gapOf(t, &r, document.KindTrustPolicy)
		if !strings.Contains(g.Detail, want) || strings.Contains(g.Detail, "assumed-role") {
			t.Errorf("%s: detail %q", message, g.Detail)
		}
		if g.Code != "AccessDenied" || len(g.RequestID) != 16 {
			t.Errorf("gap %+v", g)
		}
		// Only where nothing grants it does a grant mend it.
		grants := strings.HasPrefix(want, "no identity-based") || strings.HasPrefix(want, "no resource-based")
		if (g.Permission == "iam:GetRole") != grants || strings.HasPrefix(g.Remedy(), "grant") != grants || strings.Contains(g.Remedy(), "no grant to the reader mends that") == grants {
			t.Errorf("%s: permission %q, remedy %q", message, g.Permission, g.Remedy())
		}
	}
	if said, barred := deniedBy("Access Denied"); said != "" || barred != "" {
		t.Errorf("a bare refusal is explained by %q, %q", said, barred)
	}
}

func TestHeadForbidden(t *testing.T) {
	w := acme()
	w.buckets["acme-audit"].owner = third // whose bucket lets nobody else in
	o := newFake(t, w).options()
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	if g := gapOf(t, &r, document.KindBucket); g.Reason != scanner.ReasonDenied || g.Permission != "s3:ListBucket" {
		t.Errorf("gap %+v", g)
	}
	// The refusal itself says where the bucket is.
	if got := text(t, &r, document.KindBucket, ""); got != `{"Exists":true,"Region":"eu-west-1"}` {
		t.Errorf("bucket %s", got)
	}
	if g := gapOf(t, &r, document.KindBucketPolicy); !strings.Contains(g.Detail, "aws.accounts") {
		t.Errorf("gap %+v", g)
	}
}
