package drift_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
)

const (
	upload = `{"Sid":"Upload","Effect":"Allow","Principal":{"AWS":"` + roleARN + `"},"Action":"s3:PutObject","Resource":"` + bucketARN + `/*"}`
	read   = `{"Sid":"Read","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"` + bucketARN + `/*"}`
	plain  = `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["` + bucketARN + `","` + bucketARN + `/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
)

func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func bucketPolicy(statements ...string) []scanner.Evidence {
	return []scanner.Evidence{evidenceOf(document.KindBucketPolicy, bucketARN, "", policyOf(statements...))}
}

func TestBucketPolicyByItsMeaning(t *testing.T) {
	none := []scanner.Evidence{absent(document.KindBucketPolicy, bucketARN)}
	tests := []struct {
		name          string
		before, after []scanner.Evidence
		want          scanner.Effect
		pointer       string
	}{
		{"a grant to another account", bucketPolicy(upload, plain), bucketPolicy(upload, read, plain), scanner.EffectWidened, "/Statement/1"},
		{"a grant that is gone", bucketPolicy(upload, read), bucketPolicy(upload), scanner.EffectNarrowed, ""},
		{"a Deny that is gone", bucketPolicy(read, plain), bucketPolicy(read), scanner.EffectWidened, ""},
		{"a policy where there was none", none, bucketPolicy(read), scanner.EffectWidened, "/Statement/0"},
		{"no policy where there was one", bucketPolicy(read), none, scanner.EffectNarrowed, ""},
		{"one for another", bucketPolicy(read), bucketPolicy(strings.ReplaceAll(read, "444455556666", "777788889999")), scanner.EffectMixed, "/Statement/0"},
	}
	for _, tt := range tests {
		change := one(t, tt.before, tt.after)
		if change.Effect != tt.want || change.Pointer != tt.pointer {
			t.Errorf("%s: %s at %q, want %s at %q: %s", tt.name, change.Effect, change.Pointer, tt.want, tt.pointer, change.Message)
		}
		if change.Witness == nil || !strings.Contains(change.Message, change.Witness.Action) || len(change.Diff) == 0 {
			t.Errorf("%s: no proof: %+v", tt.name, change)
		}
	}
}

func TestDifferenceIsReadable(t *testing.T) {
	change := one(t, bucketPolicy(upload, plain), bucketPolicy(plain, strings.Replace(upload, "s3:PutObject", "s3:*", 1)))
	got := slices.DeleteFunc(slices.Clone(change.Diff), func(line string) bool { return strings.HasPrefix(line, " ") })
	if diff := cmp.Diff([]string{`-  "Action": "s3:PutObject",`, `+  "Action": "s3:*",`}, got); diff != "" {
		t.Errorf("%s\n%s", diff, strings.Join(change.Diff, "\n"))
	}
}

func TestPolicyThatIsNoneIsIncomparable(t *testing.T) {
	broken := []scanner.Evidence{evidenceOf(document.KindBucketPolicy, bucketARN, "", `{"Statement":[{"effect":"Allow"}]}`)}
	change := one(t, bucketPolicy(read), broken)
	if change.Effect != scanner.EffectIncomparable || !strings.Contains(change.Message, "read now is no policy") {
		t.Errorf("change is %+v", change)
	}
	want(t, between(t, snapshotOf(export("a", broken...)), snapshotOf(export("a", broken...))))
}

func identity(boundary string, policies map[string]string) []scanner.Evidence {
	var names []string
	for name := range policies {
		names = append(names, name)
	}
	slices.Sort(names)
	quoted := `"` + strings.Join(names, `","`) + `"`
	if len(names) == 0 {
		quoted = ""
	}
	evidence := []scanner.Evidence{evidenceOf(document.KindIdentityPolicies, roleARN, "", `{"Policies":[`+quoted+`],"Boundary":"`+boundary+`"}`)}
	for _, name := range names {
		evidence = append(evidence, evidenceOf(document.KindIdentityPolicy, roleARN, name, policies[name]))
	}
	return evidence
}

const (
	mayPut  = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucketARN + `/*"}`
	mayRead = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"` + bucketARN + `/*"}`
	own     = `{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"` + bucketARN + `/${aws:username}/*"}`
	mayAll  = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
)

func TestPoliciesOfARoleAreTakenTogether(t *testing.T) {
	tests := []struct {
		name          string
		before, after map[string]string
		want          scanner.Effect // empty: no change
		about         string
	}{
		{"a statement moves", map[string]string{"inline/a": policyOf(mayPut, mayRead)}, map[string]string{"inline/a": policyOf(mayPut), "inline/b": policyOf(mayRead)}, "", ""},
		{"a grant that others give already", map[string]string{"inline/a": policyOf(mayAll)}, map[string]string{"inline/a": policyOf(mayAll), "inline/b": policyOf(mayRead)}, "", ""},
		{"a policy is attached", map[string]string{"inline/a": policyOf(mayPut)}, map[string]string{"inline/a": policyOf(mayPut), "inline/b": policyOf(mayRead)}, scanner.EffectWidened, "inline/b"},
		{"a policy is detached", map[string]string{"inline/a": policyOf(mayPut)}, map[string]string{}, scanner.EffectNarrowed, "inline/a"},
		{"two policies change", map[string]string{"inline/a": policyOf(mayPut), "inline/b": policyOf(mayRead)}, map[string]string{"inline/c": policyOf(mayPut)}, scanner.EffectNarrowed, ""},
		{
			"versions that read variables differently",
			map[string]string{"inline/a": policyOf(mayPut, own), "inline/b": `{"Version":"2008-10-17","Statement":[` + mayRead + `]}`},
			map[string]string{"inline/a": policyOf(own), "inline/b": `{"Version":"2008-10-17","Statement":[` + mayRead + `]}`},
			scanner.EffectNarrowed, "inline/a",
		},
	}
	for _, tt := range tests {
		changes := between(t, snapshotOf(export("a", identity("", tt.before)...)), snapshotOf(export("a", identity("", tt.after)...)))
		if tt.want == "" {
			want(t, changes)
			continue
		}
		if len(changes) != 1 || changes[0].Effect != tt.want || changes[0].Name != tt.about || len(changes[0].Diff) == 0 {
			t.Errorf("%s: %q, want %s of %q", tt.name, texts(changes), tt.want, tt.about)
		}
	}
}

func TestPolicyThatCannotBeReadIsLeftOut(t *testing.T) {
	before := export("a", identity("", map[string]string{"inline/a": policyOf(mayPut), "inline/b": policyOf(mayRead)})...)
	after := export("a", identity("", map[string]string{"inline/a": policyOf(mayPut)})...)
	after.Gaps = []scanner.Gap{{Kind: document.KindIdentityPolicy, Resource: roleARN, Name: "inline/b", Reason: scanner.ReasonThrottled}}
	want(t, between(t, snapshotOf(before), snapshotOf(after)),
		"a incomparable identity_policy: the policy inline/b of "+roleARN+" could be read for the baseline and cannot be read now: throttled")

	// Without the list, a policy that was not read may still exist.
	after.Evidence, after.Gaps = after.Evidence[1:], []scanner.Gap{{Kind: document.KindIdentityPolicies, Resource: roleARN, Reason: scanner.ReasonDenied}}
	want(t, between(t, snapshotOf(before), snapshotOf(after)),
		"a incomparable identity_policies: the list of policies of "+roleARN+" could be read for the baseline and cannot be read now: access denied")
}

func TestPermissionsBoundary(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:policy/boundary"
	without := identity("", map[string]string{})
	with := func(statement string) []scanner.Evidence {
		return append(identity(arn, map[string]string{}), evidenceOf(document.KindBoundary, roleARN, arn, policyOf(statement)))
	}
	for _, tt := range []struct {
		name          string
		before, after []scanner.Evidence
		want          scanner.Effect
	}{
		{"set", without, with(mayPut), scanner.EffectNarrowed},
		{"removed", with(mayPut), without, scanner.EffectWidened},
		{"loosened", with(mayPut), with(mayAll), scanner.EffectWidened},
	} {
		if change := one(t, tt.before, tt.after); change.Effect != tt.want || change.Kind != document.KindBoundary || change.Name != arn {
			t.Errorf("%s: %+v, want %s", tt.name, change, tt.want)
		}
	}
}

func TestSharedPolicyIsToldForEveryExport(t *testing.T) {
	records := func(policy []scanner.Evidence) *run {
		return snapshotOf(export("a", policy...), export("b", policy...))
	}
	changes := between(t, records(bucketPolicy(upload)), records(bucketPolicy(upload, read)))
	if len(changes) != 2 || changes[0].ExportID != "a" || changes[1].ExportID != "b" || changes[0].Message != changes[1].Message {
		t.Errorf("changes are %q", texts(changes))
	}
}

func TestEquivalentChangesOnRequest(t *testing.T) {
	before, after := bucketPolicy(upload, read), bucketPolicy(read, upload)
	changes, err := drift.Between(snapshotOf(export("a", before...)), snapshotOf(export("a", after...)), drift.Options{Equivalent: true})
	if err != nil {
		t.Fatal(err)
	}
	want(t, changes, "a equivalent bucket_policy: bucket policy of "+bucketARN+": rewritten, and it means the same")
}

// The witness of a narrower bucket policy is the writer's own request exactly
// where the export is affected.
func TestWhetherTheWriterIsHit(t *testing.T) {
	own := identity("", map[string]string{"inline/a": policyOf(mayPut)})
	nothing := identity("", map[string]string{})
	stranger := strings.ReplaceAll(upload, roleARN, "arn:aws:iam::111122223333:role/another")
	deny := strings.NewReplacer(`"Allow"`, `"Deny"`, `"Upload"`, `"No"`).Replace(upload)
	tests := []struct {
		name          string
		identity      []scanner.Evidence
		before, after []string
		hit           bool
	}{
		{"its only grant is gone", nothing, []string{upload, stranger}, []string{stranger}, true},
		{"both lose theirs", nothing, []string{upload, stranger}, []string{}, true},
		{"its own policy allows it all the same", own, []string{upload, stranger}, []string{stranger}, false},
		{"another's grant is gone", own, []string{upload, stranger}, []string{upload}, false},
		{"it is denied", own, []string{upload}, []string{upload, deny}, true},
	}
	for _, tt := range tests {
		owner := append([]scanner.Evidence{evidenceOf(document.KindBucketOwner, bucketARN, "", `{"Account":"111122223333"}`)}, tt.identity...)
		change := one(t, append(bucketPolicy(tt.before...), owner...), append(bucketPolicy(tt.after...), owner...))
		if change.Effect != scanner.EffectNarrowed || change.Witness == nil {
			t.Errorf("%s: %+v", tt.name, change)
			continue
		}
		if hit := strings.Contains(change.Message, "the export's own writer"); hit != tt.hit || hit && change.Witness.Principal != roleARN {
			t.Errorf("%s: hit is %t by %s: %s", tt.name, hit, change.Witness.Principal, change.Message)
		}
	}
}

func TestWriterOfAnUnknownBucketOwnerIsHitInEitherCase(t *testing.T) {
	nothing := identity("", map[string]string{})
	change := one(t, append(bucketPolicy(upload, read), nothing...), append(bucketPolicy(read), nothing...))
	if change.Witness == nil || change.Witness.Principal != roleARN {
		t.Errorf("%+v", change)
	}
}

// A principal that a comparison made up is never shown.
func TestCallerThatStandsForOthersIsNotShown(t *testing.T) {
	to := func(principal, condition string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:PutObject","Resource":"` + bucketARN + `/*"` + condition + `}`
	}
	const roles = `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x-*"}}`
	for _, tt := range []struct{ name, statement, want string }{
		{"an account", to(`{"AWS":"444455556666"}`, ""), "s3:PutObject by anybody in account 444455556666 on "},
		{"an organization", to(`"*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), "s3:PutObject by anybody in any AWS account on "},
		{"roles of an account", to(`{"AWS":"444455556666"}`, roles), "by principals of account 444455556666 that the conditions on aws:PrincipalArn let in on "},
		{"a role", to(`{"AWS":"arn:aws:iam::444455556666:role/example"}`, ""), "by arn:aws:iam::444455556666:role/example on "},
		{"a service", to(`{"Service":"logging.s3.amazonaws.com"}`, ""), "by logging.s3.amazonaws.com on "},
	} {
		change := one(t, bucketPolicy(plain), bucketPolicy(plain, tt.statement))
		if !strings.Contains(change.Message, tt.want) || !strings.Contains(tt.want, change.Witness.Principal) {
			t.Errorf("%s: %s by %s", tt.name, change.Message, change.Witness.Principal)
		}
		for key, values := range change.Witness.Context {
			if strings.Contains(strings.Join(values, " "), "arn:") && tt.name != "a role" {
				t.Errorf("%s: %s is %s", tt.name, key, values)
			}
		}
	}
	mine := one(t, identity("", map[string]string{"inline/a": policyOf(mayPut)}), identity("", map[string]string{"inline/a": policyOf(mayPut, mayRead)}))
	if !strings.Contains(mine.Message, " by "+roleARN+" on ") || strings.Contains(mine.Message, "example") {
		t.Errorf("the role's own policy: %s", mine.Message)
	}
}
