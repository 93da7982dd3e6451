package iam_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

const (
	account = "111111111111"
	appRole = "arn:aws:iam::111111111111:role/app"
	foreign = "arn:aws:iam::222222222222:role/immuta"
	keyARN  = "arn:aws:kms:us-east-1:111111111111:key/k"
	object  = "arn:aws:s3:::b/k"
)

func identityPolicy(t testing.TB, action string) []*iam.Policy {
	t.Helper()
	return []*iam.Policy{mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"`+action+`","Resource":"*"}}`)}
}

func keyPolicy(t testing.TB, principal string) *iam.Policy {
	t.Helper()
	return mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+principal+`"},"Action":"kms:*","Resource":"*"}}`)
}

func check(t *testing.T, name string, want iam.Verdict, req iam.Request, p iam.Policies) iam.Answer {
	t.Helper()
	if req.ResourceAccount == "" {
		req.ResourceAccount = account
	}
	a := iam.Explain(&req, &p)
	if got := iam.Evaluate(&req, &p); got != want || a.Verdict != want {
		t.Errorf("%s: Evaluate %v, Explain %v, want %v", name, got, a.Verdict, want)
	}
	return a
}

func TestKMS(t *testing.T) {
	decrypt := func(principal string, context map[string][]string) iam.Request {
		return iam.Request{Principal: principal, Action: "kms:Decrypt", Resource: keyARN, Context: iam.NewContext(context)}
	}
	all := identityPolicy(t, "kms:*")
	root := keyPolicy(t, account)
	check(t, "identity policy where the key delegates", iam.Yes, decrypt(appRole, nil), iam.Policies{Identity: all, Resource: root})
	check(t, "identity policy without key policy", iam.No, decrypt(appRole, nil), iam.Policies{Identity: all})
	create := iam.Request{Principal: appRole, Action: "kms:CreateKey", Resource: "*"}
	check(t, "no key policy has a say in creating a key", iam.Yes, create, iam.Policies{Identity: all})
	check(t, "root user where the key delegates", iam.Yes, decrypt("arn:aws:iam::111111111111:root", nil), iam.Policies{Resource: root})
	check(t, "another account, both sides", iam.Yes, decrypt(foreign, nil), iam.Policies{Identity: all, Resource: keyPolicy(t, "222222222222")})
	check(t, "another account, key policy only", iam.No, decrypt(foreign, nil), iam.Policies{Resource: keyPolicy(t, foreign)})
	check(t, "another account, AWS managed key", iam.No, decrypt(foreign, nil),
		iam.Policies{Identity: all, Resource: keyPolicy(t, "222222222222"), AWSManagedKey: true})
	check(t, "everybody does not mean anonymous", iam.No, decrypt(iam.Anonymous, nil), iam.Policies{Resource: keyPolicy(t, "*")})
	deny := mustParse(t, iam.ControlPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}`)
	check(t, "an RCP does not reach AWS managed keys", iam.Yes, decrypt(appRole, nil),
		iam.Policies{Resource: keyPolicy(t, appRole), RCPs: [][]*iam.Policy{{deny}}, AWSManagedKey: true})

	arn := map[string]string{"aws:s3:arn": "arn:aws:s3:::b"}
	grant := func(g iam.Grant) iam.Policies {
		g.Grantee, g.Operations = appRole, []string{"Decrypt"}
		return iam.Policies{Resource: root, Grants: []iam.Grant{g}}
	}
	right := map[string][]string{"kms:EncryptionContext:aws:s3:arn": {"arn:aws:s3:::b"}}
	wrong := map[string][]string{"kms:EncryptionContext:aws:s3:arn": {"arn:aws:s3:::c"}}
	more := map[string][]string{"kms:EncryptionContext:aws:s3:arn": {"arn:aws:s3:::b"}, "kms:EncryptionContext:other": {"x"}}
	check(t, "grant", iam.Yes, decrypt(appRole, nil), grant(iam.Grant{}))
	check(t, "grant to a role covers its sessions", iam.Yes, decrypt("arn:aws:sts::111111111111:assumed-role/app/s", nil), grant(iam.Grant{}))
	check(t, "grant for somebody else", iam.No, decrypt("arn:aws:iam::111111111111:role/other", nil), grant(iam.Grant{}))
	check(t, "grant with context", iam.Yes, decrypt(appRole, right), grant(iam.Grant{EncryptionContextEquals: arn}))
	check(t, "grant with another context", iam.No, decrypt(appRole, wrong), grant(iam.Grant{EncryptionContextEquals: arn}))
	check(t, "grant without the context", iam.No, decrypt(appRole, nil), grant(iam.Grant{EncryptionContextSubset: arn}))
	check(t, "equal context has nothing more", iam.No, decrypt(appRole, more), grant(iam.Grant{EncryptionContextEquals: arn}))
	check(t, "subset may have more", iam.Yes, decrypt(appRole, more), grant(iam.Grant{EncryptionContextSubset: arn}))
	req := decrypt(appRole, nil)
	req.Action = "kms:Encrypt"
	check(t, "grant for another operation", iam.No, req, grant(iam.Grant{}))
	req = decrypt(appRole, nil)
	req.Unknown = []string{"kms:EncryptionContext:aws:s3:arn"}
	a := check(t, "unknown context", iam.Depends, req, grant(iam.Grant{EncryptionContextSubset: arn}))
	if !slices.Equal(a.Needs, req.Unknown) || a.WitnessAllow == nil || a.WitnessDeny == nil {
		t.Errorf("unknown context: got %+v", a)
	}
}

func TestStandIns(t *testing.T) {
	put := iam.Request{Principal: appRole, Action: "s3:PutObject", Resource: object}
	all := identityPolicy(t, "*")
	for name, slot := range map[string]func(*iam.Policy) iam.Policies{
		"identity": func(p *iam.Policy) iam.Policies { return iam.Policies{Identity: []*iam.Policy{p}} },
		"boundary": func(p *iam.Policy) iam.Policies { return iam.Policies{Identity: all, Boundary: []*iam.Policy{p}} },
		"session":  func(p *iam.Policy) iam.Policies { return iam.Policies{Identity: all, Session: []*iam.Policy{p}} },
		"resource": func(p *iam.Policy) iam.Policies { return iam.Policies{Identity: all, Resource: p} },
		"scp":      func(p *iam.Policy) iam.Policies { return iam.Policies{Identity: all, SCPs: [][]*iam.Policy{{p}}} },
		"rcp":      func(p *iam.Policy) iam.Policies { return iam.Policies{Identity: all, RCPs: [][]*iam.Policy{{p}}} },
	} {
		check(t, name+" allows all", iam.Yes, put, slot(iam.AllowAll(name)))
		check(t, name+" denies all", iam.No, put, slot(iam.DenyAll(name)))
	}
	cross := put
	cross.Principal = foreign
	check(t, "an unread bucket policy gives no identity policy", iam.No, cross, iam.Policies{Resource: iam.AllowAll("bucket policy")})
	check(t, "an unread bucket policy need not be public", iam.Yes, cross,
		iam.Policies{Identity: all, Resource: iam.AllowAll("bucket policy"), RestrictPublicBuckets: true})
	read := mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`)
	check(t, "a Deny that was read decides", iam.No, put, iam.Policies{Identity: []*iam.Policy{read, iam.AllowAll("unread")}, Resource: iam.AllowAll("unread")})
}

func TestSpecialPrincipals(t *testing.T) {
	get := iam.Request{Principal: "arn:aws:iam::111111111111:root", Action: "s3:GetObject", Resource: object}
	deny := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}`)
	check(t, "the root user needs no policy", iam.Yes, get, iam.Policies{})
	check(t, "the root user can be denied", iam.No, get, iam.Policies{Resource: deny})
	get.Action, get.Resource = "s3:DeleteBucketPolicy", "arn:aws:s3:::b"
	check(t, "the root user can always mend the bucket policy", iam.Yes, get, iam.Policies{Resource: deny})
	assume := iam.Request{Principal: "arn:aws:iam::222222222222:root", Action: "sts:AssumeRole", Resource: "arn:aws:iam::111111111111:role/r"}
	open := mustParse(t, iam.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:*"}}`)
	check(t, "the root user cannot assume a role", iam.No, assume, iam.Policies{Resource: open})

	web := iam.Request{
		Principal: "accounts.google.com", Action: "sts:AssumeRoleWithWebIdentity", Resource: "arn:aws:iam::111111111111:role/r",
		Context: iam.NewContext(map[string][]string{"accounts.google.com:aud": {"me"}}),
	}
	trust := mustParse(t, iam.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"accounts.google.com:aud":"me"}}}}`)
	check(t, "web identity", iam.Yes, web, iam.Policies{Resource: trust})
	web.Context = iam.Context{}
	check(t, "web identity for another audience", iam.No, web, iam.Policies{Resource: trust})

	canonical := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"CanonicalUser":"79a5"},"Action":"s3:*","Resource":"*"}}`)
	cross := iam.Request{Principal: foreign, Action: "s3:GetObject", Resource: object}
	all := identityPolicy(t, "*")
	check(t, "canonical user, account unknown", iam.Depends, cross, iam.Policies{Identity: all, Resource: canonical})
	check(t, "canonical user, account known", iam.Yes, cross, iam.Policies{Identity: all, Resource: canonical, CanonicalUsers: map[string]string{"79a5": "222222222222"}})
	check(t, "canonical user, another account", iam.No, cross, iam.Policies{Identity: all, Resource: canonical, CanonicalUsers: map[string]string{"79a5": "333333333333"}})
}

func TestUnknownOwner(t *testing.T) {
	req := iam.Request{Principal: appRole, Action: "s3:PutObject", Resource: object}
	grant := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+appRole+`"},"Action":"s3:*","Resource":"*"}}`)
	for _, tt := range []struct {
		p    iam.Policies
		want iam.Verdict
	}{
		{iam.Policies{Identity: identityPolicy(t, "*")}, iam.Depends},
		{iam.Policies{Identity: identityPolicy(t, "*"), Resource: grant}, iam.Yes},
		{iam.Policies{}, iam.No},
	} {
		if got := iam.Evaluate(&req, &tt.p); got != tt.want {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
	req.Resource = "*"
	if got := iam.Evaluate(&req, &iam.Policies{Identity: identityPolicy(t, "*")}); got != iam.Yes {
		t.Errorf("an action without resource: got %v, want yes", got)
	}
}

// TestThreeValues covers contradictions and tautologies of every family of operators.
func TestThreeValues(t *testing.T) {
	allow := func(condition string) string {
		return `{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}`
	}
	tests := []struct {
		statements string
		present    bool
		want       iam.Verdict
	}{
		{allow(`{"StringLike":{"aws:x":"a*"},"StringNotLike":{"aws:x":"a*"}}`), false, iam.No},
		{allow(`{"StringLike":{"aws:x":"a*"},"StringNotLike":{"aws:x":"*b"}}`), false, iam.Depends},
		{allow(`{"StringLike":{"aws:x":"a*"},"ForAnyValue:StringLike":{"aws:x":"b*"}}`), false, iam.No},
		{allow(`{"ForAnyValue:StringLike":{"aws:x":"a*"},"ForAnyValue:StringEquals":{"aws:x":"b"}}`), false, iam.Depends},
		{allow(`{"NumericLessThan":{"aws:x":5},"NumericGreaterThan":{"aws:x":4}}`), false, iam.Depends},
		{allow(`{"NumericLessThan":{"aws:x":5},"NumericGreaterThanEquals":{"aws:x":5}}`), false, iam.No},
		{allow(`{"DateLessThan":{"aws:x":"2024-01-01"},"DateGreaterThan":{"aws:x":"2024-01-01"}}`), false, iam.No},
		{allow(`{"DateLessThan":{"aws:x":"2024-01-02"},"DateGreaterThan":{"aws:x":"2024-01-01"}}`), false, iam.Depends},
		{allow(`{"IpAddress":{"aws:x":"10.0.0.0/8"},"NotIpAddress":{"aws:x":"10.0.0.0/7"}}`), false, iam.No},
		{allow(`{"IpAddress":{"aws:x":"10.0.0.0/7"},"NotIpAddress":{"aws:x":"10.0.0.0/8"}}`), false, iam.Depends},
		{allow(`{"ArnLike":{"aws:x":"arn:aws:s3:::a*"},"ArnNotLike":{"aws:x":"arn:aws:s3:::*"}}`), false, iam.No},
		{allow(`{"Null":{"aws:x":"true"}}`), true, iam.No},
		{allow(`{"Null":{"aws:x":"true"}}`) + "," + allow(`{"Null":{"aws:x":"false"}}`), false, iam.Yes},
		{allow(`{"StringLike":{"aws:x":"*"}}`), true, iam.Yes},
		{allow(`{"StringLike":{"aws:x":"*"}}`), false, iam.Depends},
		{allow(`{"StringLikeIfExists":{"aws:x":"*"}}`), false, iam.Yes},
		{allow(`{"StringEquals":{"aws:x":"a"}}`) + "," + allow(`{"StringNotEquals":{"aws:x":"a"}}`), false, iam.Yes},
		{allow(`{"StringEquals":{"aws:x":"a","aws:y":"b"}}`) + "," + allow(`{"StringNotEquals":{"aws:x":"a"}}`) + "," + allow(`{"StringNotEquals":{"aws:y":"b"}}`), false, iam.Yes},
		{allow(`{"StringEquals":{"aws:x":"${aws:y}"},"StringNotEquals":{"aws:x":"${aws:y}"}}`), false, iam.No},
		{allow(`{"StringEquals":{"aws:x":"${aws:y}"}}`), false, iam.Depends},
		{allow(`{"StringEquals":{"aws:x":"${aws:y}","aws:y":"q"},"StringNotEquals":{"aws:x":"q"}}`), false, iam.No},
	}
	for _, tt := range tests {
		p := iam.Policies{Identity: []*iam.Policy{mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`)}}
		req := iam.Request{Principal: appRole, Action: "s3:GetObject", Resource: object, Unknown: []string{"aws:x", "aws:y"}}
		if tt.present {
			req.AlwaysPresent = []string{"AWS:X"}
		}
		a := check(t, tt.statements, tt.want, req, p)
		if tt.want == iam.Depends && (a.WitnessAllow == nil || a.WitnessDeny == nil || len(a.Needs) == 0) {
			t.Errorf("%s: got %+v", tt.statements, a)
		}
	}
}

func TestExplainNamesWhatDecided(t *testing.T) {
	identity := mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Put","Effect":"Allow","Action":"s3:PutObject","Resource":"*"},
		{"Sid":"TLS","Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{"Sid":"Other","Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}`)
	req := iam.Request{
		Principal: appRole, Action: "s3:PutObject", Resource: object, Context: iam.NewContext(map[string][]string{"aws:SecureTransport": {"true"}}),
	}
	a := check(t, "allowed", iam.Yes, req, iam.Policies{Identity: []*iam.Policy{identity}})
	if len(a.Reasons) != 1 || a.Reasons[0].Sid != "Put" || a.Reasons[0].Line != 2 || a.Reasons[0].Pointer != "/Statement/0" || a.Reasons[0].Policy != "policy" {
		t.Errorf("reasons: %+v", a.Reasons)
	}
	notes := []string{}
	for _, c := range a.Considered {
		notes = append(notes, c.Sid+": "+c.Note)
	}
	want := []string{"TLS: the condition Bool aws:SecureTransport does not hold: the key holds true", "Other: the action does not match"}
	if !slices.Equal(notes, want) {
		t.Errorf("considered %q, want %q", notes, want)
	}
	req.Context = iam.NewContext(map[string][]string{"AWS:SecureTransport": {"false"}})
	a = check(t, "denied", iam.No, req, iam.Policies{Identity: []*iam.Policy{identity}})
	if !a.ExplicitDeny || len(a.Reasons) != 1 || a.Reasons[0].Sid != "TLS" || len(a.Missing) != 0 {
		t.Errorf("got %+v", a)
	}
	req.Principal = foreign
	a = check(t, "not allowed by the bucket", iam.No, iam.Request{Principal: foreign, Action: "s3:PutObject", Resource: object}, iam.Policies{Identity: []*iam.Policy{identity}})
	if a.ExplicitDeny || len(a.Missing) != 1 || !strings.Contains(a.Missing[0], "the resource policy does not allow s3:PutObject on "+object) {
		t.Errorf("got %+v", a)
	}
}

// TestExplainLeavesOutWhatDecidesNothing: a control policy of which nobody made anything.
func TestExplainLeavesOutWhatDecidesNothing(t *testing.T) {
	full := mustParse(t, iam.ControlPolicy, `{"Version":"2012-10-17","Statement":[{"Sid":"Full","Effect":"Allow","Action":"*","Resource":"*"}]}`)
	listed := mustParse(t, iam.ControlPolicy, `{"Version":"2012-10-17","Statement":[{"Sid":"Listed","Effect":"Allow","Action":["s3:*","kms:*"],"Resource":"*"}]}`)
	req := iam.Request{Principal: appRole, Action: "s3:PutObject", Resource: object}
	for _, tt := range []struct {
		levels [][]*iam.Policy
		want   int // reasons, of which one is the identity policy's
	}{{[][]*iam.Policy{{full}}, 1}, {[][]*iam.Policy{{full}, {listed}}, 2}} {
		a := check(t, "allowed", iam.Yes, req, iam.Policies{Identity: identityPolicy(t, "*"), SCPs: tt.levels})
		if len(a.Reasons) != tt.want || slices.ContainsFunc(a.Reasons, func(r iam.Reason) bool { return r.Sid == "Full" }) {
			t.Errorf("reasons: %+v", a.Reasons)
		}
	}
}

// TestMissingSaysWhatIsLacking takes every layer away in turn.
func TestMissingSaysWhatIsLacking(t *testing.T) {
	all, none := identityPolicy(t, "*"), identityPolicy(t, "ec2:*")
	public := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Sid":"P","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`)
	for _, tt := range []struct {
		principal, action, resource string
		p                           iam.Policies
		want                        string
	}{
		{appRole, "s3:GetObject", object, iam.Policies{}, "no identity policy allows s3:GetObject"},
		{appRole, "s3:GetObject", object, iam.Policies{Identity: all, Boundary: none}, "permissions boundary"},
		{appRole, "s3:GetObject", object, iam.Policies{Identity: all, HasBoundary: true}, "permissions boundary"},
		{appRole, "s3:GetObject", object, iam.Policies{Identity: all, Session: none}, "session policy"},
		{appRole, "s3:GetObject", object, iam.Policies{Identity: all, SCPs: [][]*iam.Policy{all, none}}, "level 1 of the service control policies"},
		{appRole, "kms:Decrypt", keyARN, iam.Policies{Identity: all}, "the resource policy does not allow kms:Decrypt"},
		{foreign, "s3:GetObject", object, iam.Policies{Identity: all, Resource: public, RestrictPublicBuckets: true}, "RestrictPublicBuckets"},
		{iam.Anonymous, "s3:GetObject", object, iam.Policies{Resource: public, RestrictPublicBuckets: true}, "anonymous access"},
		{iam.Anonymous, "kms:Decrypt", keyARN, iam.Policies{}, "signed request"},
		{"arn:aws:iam::222222222222:root", "sts:AssumeRole", "arn:aws:iam::111111111111:role/r", iam.Policies{}, "root user"},
		{"arn:aws-cn:iam::111111111111:role/r", "s3:GetObject", object, iam.Policies{Identity: all}, "different partitions"},
		{foreign, "kms:Decrypt", keyARN, iam.Policies{Identity: all, Resource: keyPolicy(t, "*"), AWSManagedKey: true}, "AWS managed key"},
		{"logs.amazonaws.com", "s3:GetObject", object, iam.Policies{}, "for logs.amazonaws.com"},
	} {
		a := check(t, tt.want, iam.No, iam.Request{Principal: tt.principal, Action: tt.action, Resource: tt.resource}, tt.p)
		if !strings.Contains(strings.Join(a.Missing, "; "), tt.want) {
			t.Errorf("%s %s: got %q, want %q", tt.principal, tt.action, a.Missing, tt.want)
		}
	}
}

func TestPoliciesMayBeSharedByGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	cases := benchCases(t)[1:]
	for range 4 {
		wg.Go(func() {
			for i := range cases {
				c := &cases[i]
				if v := iam.Explain(&c.req, &c.policies).Verdict; v != c.want {
					t.Errorf("%s: got %v", c.name, v)
				}
				c.policies.Resource.Statements()
			}
		})
	}
	wg.Wait()
}

func TestVerdictText(t *testing.T) {
	for _, v := range []iam.Verdict{iam.No, iam.Depends, iam.Yes} {
		text, err := v.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back iam.Verdict
		if err := back.UnmarshalText(text); err != nil || back != v {
			t.Errorf("%s came back as %v, %v", text, back, err)
		}
	}
	var v iam.Verdict
	if err := v.UnmarshalText([]byte("maybe")); err == nil {
		t.Error("maybe was accepted")
	}
}

// TestSetOperators: an empty string is no value to them, and a key that holds one value is asked for
// one.
func TestSetOperators(t *testing.T) {
	allow := func(operator, key string) iam.Policies {
		return iam.Policies{Identity: []*iam.Policy{mustParse(t, iam.IdentityPolicy,
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"`+operator+`":{"`+key+`":"o-1"}}}}`)}}
	}
	request := func(values ...string) iam.Request {
		return iam.Request{Principal: appRole, Action: "s3:PutObject", Resource: object, Context: iam.NewContext(map[string][]string{"aws:PrincipalOrgID": values})}
	}
	check(t, "all of none", iam.Yes, request(""), allow("ForAllValues:StringEquals", "aws:PrincipalOrgID"))
	check(t, "none of none", iam.Yes, request(""), allow("ForAllValues:StringNotEquals", "aws:PrincipalOrgID"))
	check(t, "any of none", iam.No, request(""), allow("ForAnyValue:StringNotEquals", "aws:PrincipalOrgID"))
	check(t, "one operator of a single value", iam.No, request(""), allow("StringEquals", "aws:PrincipalOrgID"))

	both := iam.Policies{Identity: []*iam.Policy{mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*",
		"Condition":{"ForAnyValue:StringEquals":{"aws:PrincipalOrgID":"o-1"},"ForAnyValue:StringLike":{"aws:PrincipalOrgID":"o-2"}}}}`)}}
	open := iam.Request{Principal: appRole, Action: "s3:PutObject", Resource: object, Unknown: []string{"aws:PrincipalOrgID"}}
	check(t, "two values of a key that holds one", iam.No, open, both)
	paths := iam.Policies{Identity: []*iam.Policy{mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*",
		"Condition":{"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r/a/"},"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r/b/"}}}}`)}}
	open.Unknown = []string{"aws:PrincipalOrgPaths"}
	check(t, "two values of a key that holds several", iam.Depends, open, paths)
}

// TestSingleExternalID: nobody sends two.
func TestSingleExternalID(t *testing.T) {
	trust := func(operator string) *iam.Policy {
		return mustParse(t, iam.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole","Condition":{"`+operator+`":{"sts:ExternalId":["a1","b2"]}}}}`)
	}
	got := iam.ComparePolicies(trust("StringEquals"), trust("ForAnyValue:StringEquals"), iam.CompareOptions{Type: iam.TrustPolicy, Resource: appRole})
	if got.Change != iam.Equivalent {
		t.Errorf("%s, widened by %+v, narrowed by %+v", got.Change, got.Widened, got.Narrowed)
	}
	got = iam.ComparePolicies(trust("StringEquals"), trust("ForAllValues:StringEquals"), iam.CompareOptions{Type: iam.TrustPolicy, Resource: appRole})
	if got.Change != iam.Widened {
		t.Errorf("ForAllValues lets in who sends none: %s", got.Change)
	}
}

// TestCallerIdentity: no policy allows or denies who asks who it is.
func TestCallerIdentity(t *testing.T) {
	deny := iam.Policies{Identity: []*iam.Policy{mustParse(t, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)}}
	ask := iam.Request{Principal: appRole, Action: "sts:GetCallerIdentity", Resource: "*"}
	check(t, "without a grant", iam.Yes, ask, iam.Policies{})
	if a := check(t, "denied", iam.Yes, ask, deny); a.ExplicitDeny || len(a.Missing) > 0 {
		t.Errorf("%+v", a)
	}
	ask.Principal = iam.Anonymous
	check(t, "unsigned", iam.No, ask, iam.Policies{})
}

// TestVariableInAccount: AWS expands variables in the last part of a Resource alone.
func TestVariableInAccount(t *testing.T) {
	on := func(resource string) iam.Policies {
		return iam.Policies{Resource: keyPolicy(t, account), Identity: []*iam.Policy{mustParse(t, iam.IdentityPolicy,
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"`+resource+`"}}`)}}
	}
	req := iam.Request{Principal: appRole, Action: "kms:Decrypt", Resource: keyARN, Context: iam.NewContext(map[string][]string{"aws:PrincipalAccount": {account}, "aws:PrincipalTag/key": {"k"}})}
	check(t, "account", iam.No, req, on("arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/k"))
	check(t, "region", iam.No, req, on("arn:aws:kms:${aws:RequestedRegion,'us-east-1'}:111111111111:key/k"))
	check(t, "resource", iam.Yes, req, on("arn:aws:kms:us-east-1:111111111111:key/${aws:PrincipalTag/key}"))
	check(t, "everything", iam.Yes, req, on("*"))
}

// TestOpenReasons: the first statement shown is one that leaves the answer open, and none is shown as
// open whose key does not decide.
func TestOpenReasons(t *testing.T) {
	identity := identityPolicy(t, "s3:*")
	bucket := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Team","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"x"}}},
		{"Sid":"All","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:PutObject","Resource":"*"},
		{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}]}`)
	req := iam.Request{Principal: foreign, Action: "s3:PutObject", Resource: object, OthersUnknown: true}
	a := check(t, "an organisation", iam.Depends, req, iam.Policies{Identity: identity, Resource: bucket})
	if len(a.Reasons) == 0 || a.Reasons[0].Sid != "Org" || slices.ContainsFunc(a.Reasons, func(r iam.Reason) bool { return r.Sid == "Team" }) {
		t.Errorf("needs %v: %+v", a.Needs, a.Reasons)
	}
	open := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Sid":"Org","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}}`)
	a = check(t, "an organisation that is let in", iam.Depends, req, iam.Policies{Identity: identity, Resource: open})
	if len(a.Reasons) < 2 || a.Reasons[0].Sid != "Org" {
		t.Errorf("%+v", a.Reasons)
	}
}
