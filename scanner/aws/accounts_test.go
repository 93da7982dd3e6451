package aws

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func TestAnotherAccountIsReadThroughItsRole(t *testing.T) {
	w, records, accounts := twoAccounts()
	f := newFake(t, w)
	o := f.options()
	o.Accounts = accounts
	r := collect(t, o, records[2])[0]
	if len(r.Gaps) != 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if got := text(t, &r, document.KindBucketOwner, ""); got != `{"Account":"222222222222"}` {
		t.Errorf("owner %s", got)
	}
	if _, ok := r.Find(document.KindAccountAccessBlock, "arn:aws:s3:::account/"+other, ""); !ok {
		t.Error("the owner's Block Public Access is missing")
	}
	if n := f.counted(callAssumeRole); n != 1 {
		t.Errorf("assumed the role %d times", n)
	}
}

func TestAnotherAccountIsReadThroughTheDefault(t *testing.T) {
	w, records, accounts := twoAccounts()
	f := newFake(t, w)
	o := f.options()
	name := principalName(parseARN(accounts[other].AssumeRole), "role")
	o.Default = DefaultAccount{RoleName: name, ExternalID: accounts[other].ExternalID}
	if r := collect(t, o, records[2])[0]; len(r.Gaps) != 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if n := f.counted(callAssumeRole); n != 1 {
		t.Errorf("assumed the role %d times", n)
	}
	// The caller's own account is read without it.
	f = newFake(t, w)
	o = f.options()
	o.Default = DefaultAccount{RoleName: name, ExternalID: accounts[other].ExternalID}
	collect(t, o, records[0])
	if n := f.counted(callAssumeRole); n != 0 {
		t.Errorf("assumed a role of the own account %d times", n)
	}
}

func TestAnotherAccountWithoutARole(t *testing.T) {
	w, records, _ := twoAccounts()
	w.buckets["other-audit"].readers = []string{home} // its policy lets the reader in
	f := newFake(t, w)
	r := collect(t, f.options(), records[2])[0]
	if got := text(t, &r, document.KindBucketOwner, ""); got != `{"Account":"222222222222"}` {
		t.Errorf("owner %s", got)
	}
	if got := text(t, &r, document.KindBucketPolicy, ""); got != bucketPolicy {
		t.Errorf("bucket policy %s", got)
	}
	// The key policy let the caller describe the key; its text is out of reach.
	text(t, &r, document.KindKey, "")
	for _, kind := range []document.Kind{
		document.KindRole, document.KindTrustPolicy, document.KindIdentityPolicies, document.KindAccountAccessBlock, document.KindKeyPolicy,
	} {
		g := gapOf(t, &r, kind)
		if g.Reason != scanner.ReasonDenied || !strings.Contains(g.Detail, `aws.accounts["222222222222"].assumeRole`) {
			t.Errorf("%s: gap %+v", kind, g)
		}
	}
	for _, call := range []string{callGetRole, callRolePolicies, callAccountAccessBlock, callKeyPolicy} {
		if n := f.counted(call); n != 0 {
			t.Errorf("%s was sent %d times to the wrong account", call, n)
		}
	}
}

func TestARoleThatCanNotBeAssumed(t *testing.T) {
	w, records, accounts := twoAccounts()
	accounts[other] = Account{AssumeRole: accounts[other].AssumeRole, ExternalID: "wrong"}
	f := newFake(t, w)
	o := f.options()
	o.Accounts = accounts
	r := collect(t, o, records[2])[0]
	for _, kind := range []document.Kind{document.KindRole, document.KindTrustPolicy, document.KindBucketOwner} {
		g := gapOf(t, &r, kind)
		// The grant is about the reader role, whatever the gap is about.
		if !strings.HasPrefix(g.Remedy(), "let the principal that trailguard starts as assume "+accounts[other].AssumeRole) {
			t.Errorf("%s: %s", kind, g.Remedy())
		}
		if g.Call != callAssumeRole || g.Permission != "" || g.Reason != scanner.ReasonDenied || g.Code != "AccessDenied" {
			t.Errorf("%s: gap %+v", kind, g)
		}
	}
	if n := f.counted(callAssumeRole); n != 1 {
		t.Errorf("tried to assume the role %d times", n)
	}
}

func TestOwners(t *testing.T) {
	for name, c := range map[string]struct {
		owner string
		hint  string
		known string // expect.bucketAccounts
		want  string // empty: a gap
	}{
		"the caller":           {owner: home, want: home},
		"hinted":               {owner: other, hint: other, want: other},
		"expected":             {owner: third, known: third, want: third},
		"a wrong hint":         {owner: home, hint: other, want: home},
		"none of them":         {owner: third, hint: other},
		"not an account's id":  {owner: third, hint: "acme"},
		"hinted and unrelated": {owner: home, hint: third, known: other, want: home},
	} {
		t.Run(name, func(t *testing.T) {
			w := acme()
			w.buckets["acme-audit"].owner = c.owner
			w.buckets["acme-audit"].readers = []string{home}
			o := newFake(t, w).options()
			o.Hints = map[string]scanner.ExportHint{"1": {BucketAccount: c.hint}}
			o.Expect = map[string]scanner.Expect{"acme": {BucketAccounts: []string{c.known}}}
			r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
			if c.want != "" {
				if got := text(t, &r, document.KindBucketOwner, ""); got != `{"Account":"`+c.want+`"}` {
					t.Errorf("owner %s", got)
				}
				return
			}
			if g := gapOf(t, &r, document.KindBucketOwner); g.Reason != scanner.ReasonUndetermined || !strings.Contains(g.Detail, home) {
				t.Errorf("gap %+v", g)
			}
			text(t, &r, document.KindBucketPolicy, "") // the bucket is read all the same
			if g := gapOf(t, &r, document.KindAccountAccessBlock); g.Reason != scanner.ReasonSubjectMissing {
				t.Errorf("gap %+v", g)
			}
		})
	}
}

// TestOwnerOfASharedBucket: what one export knows about a bucket helps all.
func TestOwnerOfASharedBucket(t *testing.T) {
	w := acme()
	w.buckets["acme-audit"].owner = third
	w.buckets["acme-audit"].readers = []string{home}
	o := newFake(t, w).options()
	o.Hints = map[string]scanner.ExportHint{"2": {BucketAccount: third}}
	out := collect(t, o, roleExport("1", "acme-audit", roleARN), roleExport("2", "acme-audit", roleARN))
	for i := range out {
		if got := text(t, &out[i], document.KindBucketOwner, ""); got != `{"Account":"333333333333"}` {
			t.Errorf("record %d: owner %s", i, got)
		}
	}
}

// TestNamesakesAreNotMixedUp: the caller is not known, and the role that
// answers to the name is another account's.
func TestNamesakesAreNotMixedUp(t *testing.T) {
	f := newFake(t, acme())
	f.faults[callCallerIdentity] = denied
	asked := "arn:aws:iam::" + other + ":role/exports/exporter"
	user := "arn:aws:iam::" + other + ":user/uploader"
	for _, r := range collect(t, f.options(), roleExport("1", "acme-audit", asked), userExport("2", "acme-audit", user)) {
		for _, kind := range []document.Kind{
			document.KindRole, document.KindTrustPolicy, document.KindUser, document.KindIdentityPolicies, document.KindIdentityPolicy,
			document.KindAccessKeys, document.KindBoundary,
		} {
			if e, ok := r.Find(kind, "", ""); ok {
				t.Errorf("%s of %s is passed off as that of %s", kind, e.Resource, asked)
			}
			for i := range r.Evidence {
				if r.Evidence[i].Kind == kind {
					t.Errorf("evidence %s", r.Evidence[i].Ref())
				}
			}
		}
		if g := gapOf(t, &r, document.KindIdentityPolicies); !strings.Contains(g.Detail, other) {
			t.Errorf("gap %+v", g)
		}
		if g := gapOf(t, &r, document.KindCaller); g.Call != callCallerIdentity || g.Reason != scanner.ReasonDenied {
			t.Errorf("gap %+v", g)
		}
	}
}

// TestAbsenceNeedsTheRightAccount: "no such role" from an account that nobody
// could name proves nothing.
func TestAbsenceNeedsTheRightAccount(t *testing.T) {
	f := newFake(t, acme())
	f.faults[callCallerIdentity] = reset
	r := collect(t, f.options(), roleExport("1", "acme-audit", "arn:aws:iam::"+other+":role/gone"))[0]
	if _, ok := r.Find(document.KindRole, "", ""); ok {
		t.Error("the role is said to be absent")
	}
	if g := gapOf(t, &r, document.KindRole); g.Reason != scanner.ReasonSubjectMissing {
		t.Errorf("gap %+v", g)
	}
}

func TestCheck(t *testing.T) {
	w, _, accounts := twoAccounts()
	accounts[third] = Account{AssumeRole: "arn:aws:iam::" + third + ":role/reader"}
	o := newFake(t, w).options()
	o.Accounts = accounts
	c, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	results, err := c.Check(t.Context())
	if err != nil || len(results) != 3 {
		t.Fatalf("error %v, results %+v", err, results)
	}
	if got := results[0]; got.Account != "" || got.CallerAccount != home || got.CallerARN != "arn:aws:iam::"+home+":user/reader" || got.Gap != nil {
		t.Errorf("base: %+v", got)
	}
	if got := results[1]; got.Account != other || got.CallerAccount != other || got.Gap != nil {
		t.Errorf("assumed: %+v", got)
	}
	if got := results[2]; got.Gap == nil || got.Gap.Kind != document.KindCaller || got.Gap.Call != "sts:AssumeRole" || got.Gap.Resource != got.AssumeRole {
		t.Errorf("refused: %+v", got)
	}
}

func TestAccountsAreChecked(t *testing.T) {
	for want, accounts := range map[string]map[string]Account{
		"twelve digits":              {"acme": {AssumeRole: "arn:aws:iam::" + other + ":role/r"}},
		"not the ARN of a role":      {other: {AssumeRole: "reader"}},
		"belongs to account " + home: {other: {AssumeRole: "arn:aws:iam::" + home + ":role/r"}},
	} {
		o := newFake(t, acme()).options()
		o.Accounts = accounts
		if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := New(t.Context(), Options{}); err == nil {
		t.Error("a collector without a clock")
	}
}
