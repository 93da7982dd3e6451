package facts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// question is a condition, and what becomes of a healthy export whose policy
// has it.
type question struct {
	name, condition, want string
	needs                 []string // of an unknown
}

// denied are conditions under which the bucket policy denies everybody every
// upload.
var denied = []question{
	{"an old session", `{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}`, sound, nil},
	{"a session of before the run", `{"DateLessThan":{"aws:TokenIssueTime":"2099-01-01T00:00:00Z"}}`, bad, nil},
	{"no session at all", `{"Null":{"aws:TokenIssueTime":"true"}}`, sound, nil},
	{"a user by name", `{"StringLike":{"aws:username":"*"}}`, sound, nil},
	{"who is no user by name", `{"StringNotLike":{"aws:username":"immuta-*"}}`, bad, nil},
	{"a service for another account", `{"StringNotEquals":{"aws:SourceAccount":"111111111111"},"Null":{"aws:SourceAccount":"false"}}`, sound, nil},
	{"all but a source", `{"StringNotEquals":{"aws:SourceAccount":"111111111111"}}`, bad, nil},
	{"a source organisation that is another, or none", `{"StringNotEqualsIfExists":{"aws:SourceOrgID":"o-acme"}}`, bad, nil},
	{"a bucket of another account", `{"StringNotEquals":{"aws:ResourceAccount":"111111111111"}}`, sound, nil},
	{"this bucket's account", `{"StringEquals":{"aws:ResourceAccount":"111111111111"}}`, bad, nil},
	{"without MFA", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, bad, nil},
	{"with MFA", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, sound, nil},
	{"without MFA where it could be", `{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, unknown, []string{"aws:MultiFactorAuthPresent"}},
	{"MFA long ago", `{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}`, sound, nil},
	{"no age of MFA", `{"Null":{"aws:MultiFactorAuthAge":"true"}}`, bad, nil},
	{"an identity provider's session", `{"Null":{"aws:FederatedProvider":"false"}}`, sound, nil},
	{"through a service", `{"Bool":{"aws:ViaAWSService":"true"}}`, sound, nil},
	{"through Athena", `{"ForAnyValue:StringEquals":{"aws:CalledVia":["athena.amazonaws.com"]}}`, sound, nil},
	{"the wrong VPC, of an instance", `{"StringNotEquals":{"aws:SourceVpc":"${aws:Ec2InstanceSourceVpc}"},"Null":{"ec2:SourceInstanceARN":"false"},"BoolIfExists":{"aws:ViaAWSService":"false"}}`, sound, nil},
	{"IMDSv1", `{"NumericLessThan":{"ec2:RoleDelivery":"2.0"}}`, sound, nil},
	{"another region", `{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}`, sound, nil},
	{"plain HTTP", `{"Bool":{"aws:SecureTransport":"false"}}`, sound, nil},
	{"TLS below 1.2", `{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`, sound, nil},
	{"TLS below 1.3", `{"NumericLessThan":{"s3:TlsVersion":"1.3"}}`, unknown, []string{"s3:TlsVersion"}},
	{"a customer's key", `{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}`, sound, nil},
	{"no customer's key", `{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"true"}}`, bad, nil},
	{"another signature", `{"StringNotEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}}`, sound, nil},
	{"a signature in the query", `{"StringEquals":{"s3:authType":"REST-QUERY-STRING"}}`, sound, nil},
	{"an old signature", `{"NumericGreaterThan":{"s3:signatureAge":"600000"}}`, sound, nil},
	{"a signature of a second ago", `{"NumericGreaterThan":{"s3:signatureAge":"1000"}}`, unknown, []string{"s3:signatureAge"}},
	{"a public ACL", `{"StringEquals":{"s3:x-amz-acl":["public-read","public-read-write","authenticated-read"]}}`, sound, nil},
	{"a grant to everybody", `{"StringLike":{"s3:x-amz-grant-read":"*AllUsers*"}}`, sound, nil},
	{"an ACL that leaves the owner out", `{"StringNotEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, unknown, []string{"s3:x-amz-acl"}},
	{"no encryption header", `{"Null":{"s3:x-amz-server-side-encryption":"true"}}`, unknown, []string{"s3:x-amz-server-side-encryption"}},
	{"an encryption that S3 does not have", `{"StringEquals":{"s3:x-amz-server-side-encryption":"rot13"}}`, sound, nil},
	{"another key", `{"StringNotEqualsIfExists":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111111111111:key/k"}}`, unknown, []string{"s3:x-amz-server-side-encryption-aws-kms-key-id"}},
	{"an access point", `{"Null":{"s3:DataAccessPointAccount":"false"}}`, sound, nil},
	{"no access point of the account", `{"StringNotEquals":{"s3:DataAccessPointAccount":"111111111111"}}`, bad, nil},
	{"another organisation", `{"StringNotEquals":{"aws:PrincipalOrgID":"o-acme"}}`, unknown, []string{"aws:PrincipalOrgID"}},
	{"another endpoint", `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, unknown, []string{"aws:SourceVpce"}},
	{"a key that nobody knows", `{"StringEquals":{"acme:mood":"bad"}}`, unknown, []string{"acme:mood"}},
	{"MFA, and an organisation that cannot matter", `{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringNotEquals":{"aws:PrincipalOrgID":"o-acme"}}`, sound, nil},
}

func TestUploads(t *testing.T) {
	for _, q := range denied {
		t.Run(q.name, func(t *testing.T) {
			w := healthy()
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":`+q.condition+`}`)
			expectFact(t, w, "put_object", &q)
		})
	}
}

// expectFact compares what becomes of a fact.
func expectFact(t *testing.T, w *world, fact string, q *question) {
	t.Helper()
	subject, _ := w.subject(t)
	status := subject.Facts[fact]
	if got := verdicts(t, subject)[fact]; got != q.want || !slices.Equal(status.Needs, q.needs) {
		t.Errorf("%s is %s, want %s (%s; needs %v, want %v; %v)", fact, got, q.want, status.Because, status.Needs, q.needs, status.Reasons)
	}
}

// TestUploadsByUser asks the same of an access key where the answer is another.
func TestUploadsByUser(t *testing.T) {
	for _, q := range []question{
		{"an old session", `{"DateLessThan":{"aws:TokenIssueTime":"2099-01-01T00:00:00Z"}}`, sound, nil},
		{"no session at all", `{"Null":{"aws:TokenIssueTime":"true"}}`, bad, nil},
		{"without MFA where it could be", `{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, sound, nil},
		{"without MFA", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, bad, nil},
		{"a source identity", `{"Null":{"aws:SourceIdentity":"false"}}`, sound, nil},
		{"a user by name", `{"StringLike":{"aws:username":"*"}}`, bad, nil},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := withUser()
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+userARN+`"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`,
				`{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":`+q.condition+`}`)
			expectFact(t, w, "put_object", &q)
		})
	}
}

// TestKeyUses asks about what S3 asks of KMS for an upload.
func TestKeyUses(t *testing.T) {
	for _, q := range []question{
		{"not through a service", `{"Bool":{"aws:ViaAWSService":"false"}}`, sound, nil},
		{"an old session", `{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}`, sound, nil},
		{"an ACL, which no request to KMS has", `{"StringEquals":{"s3:x-amz-acl":"private"}}`, sound, nil},
		{"another network, which S3 may or may not tell", `{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, unknown, []string{"aws:SourceIp"}},
		{"not for S3", `{"StringNotLike":{"kms:ViaService":"s3.*.amazonaws.com"}}`, sound, nil},
		{"a context of another service", `{"ForAnyValue:StringNotEquals":{"kms:EncryptionContextKeys":"aws:s3:arn"}}`, sound, nil},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := withKey()
			denyKeyUse(w, q.condition)
			expectFact(t, w, "key_use", &q)
		})
	}
}

// denyKeyUse adds a Deny to the key policy.
func denyKeyUse(w *world, condition string) {
	for i := range w.record.Evidence {
		if e := &w.record.Evidence[i]; e.Kind == document.KindKeyPolicy {
			*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, strings.TrimSuffix(strings.TrimSpace(e.Text), "]}")+
				`,{"Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey","Resource":"*","Condition":`+condition+`}]}`, now)
		}
	}
}

// TestAssumedBy asks whether Immuta may assume its role.
func TestAssumedBy(t *testing.T) {
	for _, q := range []question{
		{"on behalf of an account", `"StringEquals":{"aws:SourceAccount":"111111111111"}`, bad, nil},
		{"on behalf of an account, if of any", `"StringEqualsIfExists":{"aws:SourceAccount":"111111111111"}`, sound, nil},
		{"on behalf of a resource", `"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-audit"}`, bad, nil},
		{"for an organisation", `"StringEquals":{"aws:SourceOrgID":"o-acme"}`, bad, nil},
		{"with MFA", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, bad, nil},
		{"with MFA, if a person", `"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`, unknown, []string{"aws:MultiFactorAuthPresent"}},
		{"as a service", `"Bool":{"aws:PrincipalIsAWSService":"true"}`, bad, nil},
		{"by nobody's service", `"Bool":{"aws:PrincipalIsAWSService":"false"}`, sound, nil},
		{"over TLS", `"Bool":{"aws:SecureTransport":"true"}`, sound, nil},
		{"of an organisation", `"StringEquals":{"aws:PrincipalOrgID":"o-acme"}`, unknown, []string{"aws:PrincipalOrgID"}},
		{"from an address", `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, unknown, []string{"aws:SourceIp"}},
		{"under a name", `"Null":{"sts:RoleSessionName":"false"}`, sound, nil},
		{"the role's account", `"StringEquals":{"aws:ResourceAccount":"111111111111"}`, sound, nil},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := healthy()
			w.trust(`{` + immutaTrust + `,"Condition":{"StringLike":{"sts:ExternalId":"` + configurationID + `"},` + q.condition + `}}`)
			expectFact(t, w, "external_id_accepted", &q)
		})
	}
}

// TestPlainHTTP asks whether a condition of a Deny refuses plain HTTP.
func TestPlainHTTP(t *testing.T) {
	for _, q := range []question{
		{"old TLS or none", `{"NumericLessThanIfExists":{"s3:TlsVersion":"1.2"}}`, sound, nil},
		{"old TLS", `{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`, bad, nil},
		{"no TLS", `{"Null":{"s3:TlsVersion":"true"}}`, sound, nil},
		{"any TLS", `{"Null":{"s3:TlsVersion":"false"}}`, bad, nil},
		{"plain HTTP, but for services", `{"Bool":{"aws:SecureTransport":"false","aws:PrincipalIsAWSService":"false"}}`, sound, nil},
		{"plain HTTP, but through services", `{"Bool":{"aws:SecureTransport":"false","aws:ViaAWSService":"false"}}`, sound, nil},
		{"plain HTTP on behalf of an account", `{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:SourceAccount":"111111111111"}}`, bad, nil},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := healthy()
			w.bucketPolicy(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["` + bucketARN + `","` + bucketARN + `/*"],"Condition":` + q.condition + `}`)
			expectFact(t, w, "tls", &q)
		})
	}
}

// TestPublicProviders: S3 takes an identity provider for the public, so that
// RestrictPublicBuckets cuts off other accounts.
func TestPublicProviders(t *testing.T) {
	for _, q := range []question{
		{"a provider", ``, bad, nil},
		{"a provider, bound", `,"Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, sound, nil},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := healthy()
			exposed(w)
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"Federated":"graph.facebook.com"},"Action":"s3:GetObject","Resource":"`+bucketARN+`/*"`+q.condition+`}`)
			expectFact(t, w, "public_access", &q)
		})
	}
}

// TestDeclared: what the operator declares decides, and is said.
func TestDeclared(t *testing.T) {
	const organization = `{"StringNotEquals":{"aws:PrincipalOrgID":"o-acme"}}`
	endpoint := map[string][]string{"aws:SourceVpce": {"vpce-1"}}
	for _, tt := range []struct {
		name, condition string
		declare         func(*scanner.Expect)
		want, says      string
	}{
		{"its organization", organization, func(x *scanner.Expect) { x.Organization = "o-acme" }, sound, "expect.organization"},
		{"another organization", organization, func(x *scanner.Expect) { x.Organization = "o-other" }, bad, "expect.organization"},
		{"one organization only", `{"StringNotEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}`, func(x *scanner.Expect) { x.Organization = "o-acme" }, sound, "expect.organization"},
		{"its endpoint", `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, func(x *scanner.Expect) { x.Requests = endpoint }, sound, "aws:SourceVpce vpce-1"},
		{"no endpoint", `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, func(x *scanner.Expect) { x.Requests = map[string][]string{"aws:sourcevpce": {}} }, bad, "never have aws:sourcevpce"},
		{"its ACL", `{"StringNotEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, func(x *scanner.Expect) {
			x.Requests = map[string][]string{"s3:x-amz-acl": {"bucket-owner-full-control"}}
		}, sound, "expect.requests"},
		{"its tag", `{"StringNotEquals":{"aws:PrincipalTag/team":"audit"}}`, func(x *scanner.Expect) { x.Requests = map[string][]string{"aws:PrincipalTag/team": {"audit"}} }, sound, "expect.requests"},
		{"what nobody asks about", `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, func(x *scanner.Expect) { x.Organization = "o-acme" }, unknown, ""},
		{"what is known", `{"Bool":{"aws:SecureTransport":"false"}}`, func(x *scanner.Expect) { x.Requests = map[string][]string{"aws:SecureTransport": {"false"}} }, sound, ""},
		{"of other requests", `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, func(x *scanner.Expect) { x.AssumeRequests = endpoint }, unknown, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := healthy()
			w.trust(tagSession) // which leaves the session's tags open
			w.expect(tt.declare)
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":`+tt.condition+`}`)
			subject, _ := w.subject(t)
			status := subject.Facts["put_object"]
			if got := verdicts(t, subject)["put_object"]; got != tt.want {
				t.Errorf("put_object is %s, want %s: %+v", got, tt.want, status)
			}
			assumed := strings.Join(status.Assumptions, "\n")
			if tt.says == "" && strings.Contains(assumed, "declared by the operator") {
				t.Errorf("what decides nothing is assumed: %s", assumed)
			}
			if tt.says == "" {
				return
			}
			if !strings.Contains(assumed, tt.says) || !says(t, subject, "put_object", "the operator declares") {
				t.Errorf("nothing says %q: %s\n%v", tt.says, assumed, status.Reasons)
			}
		})
	}
}

// TestDeclaredOfAssuming: Immuta's own account is not the operator's.
func TestDeclaredOfAssuming(t *testing.T) {
	const organization = `"StringEquals":{"aws:PrincipalOrgID":"o-acme"}`
	for _, tt := range []struct {
		name, condition string
		declare         func(*scanner.Expect)
		want            string
	}{
		{"the operator's organization", organization, func(x *scanner.Expect) { x.Organization = "o-acme" }, unknown},
		{"Immuta's organization", organization, func(x *scanner.Expect) { x.AssumeRequests = map[string][]string{"aws:PrincipalOrgID": {"o-immuta"}} }, bad},
		{"Immuta in the operator's account", organization, func(x *scanner.Expect) { x.Organization, x.ImmutaAccounts = "o-acme", []string{"111111111111"} }, sound},
		{"the role's organization", `"StringEquals":{"aws:ResourceOrgID":"o-acme"}`, func(x *scanner.Expect) { x.Organization = "o-acme" }, sound},
		{"its address", `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, func(x *scanner.Expect) { x.AssumeRequests = map[string][]string{"aws:SourceIp": {"192.0.2.7"}} }, sound},
		{"its address when it uploads", `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, func(x *scanner.Expect) { x.Requests = map[string][]string{"aws:SourceIp": {"192.0.2.7"}} }, unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := healthy()
			w.expect(tt.declare)
			w.trust(`{"Effect":"Allow","Principal":{"AWS":["222222222222","111111111111"]},"Action":"sts:AssumeRole","Condition":{"StringLike":{"sts:ExternalId":"` + configurationID + `"},` + tt.condition + `}}`)
			subject, _ := w.subject(t)
			if got := verdicts(t, subject)["external_id_accepted"]; got != tt.want {
				t.Errorf("external_id_accepted is %s, want %s: %+v", got, tt.want, subject.Facts["external_id_accepted"])
			}
		})
	}
}

// TestDeclaredOfKeyUse: what is declared of an upload holds for KMS where S3
// passes it on.
func TestDeclaredOfKeyUse(t *testing.T) {
	for _, q := range []question{
		{"who asks", `{"StringNotEquals":{"aws:PrincipalOrgID":"o-acme"}}`, sound, nil},
		{"whence it asks", `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, unknown, []string{"aws:SourceVpce"}},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := withKey()
			w.expect(func(x *scanner.Expect) {
				x.Organization, x.Requests = "o-acme", map[string][]string{"aws:SourceVpce": {"vpce-1"}}
			})
			denyKeyUse(w, q.condition)
			expectFact(t, w, "key_use", &q)
		})
	}
}

// TestAssumedByWhoMatches asks about trust policies that name everybody, and
// tell Immuta's principals apart by their ARNs.
func TestAssumedByWhoMatches(t *testing.T) {
	for _, q := range []question{
		{"its roles", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/immuta-*"}}`, sound, nil},
		{"its roles, with a path", `{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/service/immuta-*"}}`, sound, nil},
		{"its users", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:user/immuta-*"}}`, sound, nil},
		{"roles of every account", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/immuta-*"}}`, sound, nil},
		{"roles of another account", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::333333333333:role/immuta-*"}}`, bad, nil},
		{"all but some roles", `{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/ops-*"}}`, sound, nil},
		{"nobody of it", `{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:*"}}`, bad, nil},
		{"its account", `{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}`, sound, nil},
		{"its roles of an organisation", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/immuta-*"},"StringLike":{"aws:PrincipalOrgID":"o-*"}}`, unknown, []string{"aws:PrincipalOrgID"}},
	} {
		t.Run(q.name, func(t *testing.T) {
			w := healthy()
			w.trust(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEqualsIgnoreCase":{"sts:ExternalId":"` + configurationID + `"},` + q.condition[1:] + `}`)
			expectFact(t, w, "external_id_accepted", &q)
			subject, _ := w.subject(t)
			for _, r := range subject.Facts["external_id_accepted"].Reasons {
				if strings.Contains(r.Note, "role/immuta-") {
					t.Errorf("a principal that nobody knows is shown: %s", r.Note)
				}
			}
		})
	}
}

// TestDeclaredOfStrangers: who else is of the operator's organization is another
// account all the same, unless a service acts for it.
func TestDeclaredOfStrangers(t *testing.T) {
	const everybody, service, stranger = `"*"`, `{"Service":"cloudtrail.amazonaws.com"}`, `{"AWS":"444444444444"}`
	for _, tt := range []struct {
		name, principal, condition, want, says string
	}{
		{"anybody of it", everybody, `{"StringEquals":{"aws:PrincipalOrgID":"o-acme"}}`, bad, "anybody of organization o-acme, which you declared"},
		{"its roles of a name", everybody, `{"StringEquals":{"aws:PrincipalOrgID":"o-acme"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/log-*"}}`, bad, "anybody of organization o-acme, which you declared"},
		{"anybody of it, from an endpoint", everybody, `{"StringEquals":{"aws:PrincipalOrgID":"o-acme","aws:SourceVpce":"vpce-1"}}`, unknown, "aws:SourceVpce"},
		{"anybody of another one", everybody, `{"StringEquals":{"aws:PrincipalOrgID":"o-other"}}`, unknown, "aws:PrincipalOrgID"},
		{"a named account, if it is of it", stranger, `{"StringEquals":{"aws:PrincipalOrgID":"o-acme"}}`, unknown, "aws:PrincipalOrgID"},
		{"a service for it", service, `{"StringEquals":{"aws:SourceOrgID":"o-acme"}}`, sound, ""},
		{"a service for it and a partner", service, `{"StringEquals":{"aws:SourceOrgID":["o-acme","o-partner"]}}`, bad, "cloudtrail.amazonaws.com"},
		{"a service for all others", service, `{"StringNotEquals":{"aws:SourceOrgID":"o-acme"}}`, bad, "cloudtrail.amazonaws.com"},
		{"a service for whatever organization", service, `{"StringLike":{"aws:SourceOrgID":"o-*"}}`, unknown, "aws:SourceOrgID"},
		{"a service for the bucket's organization", service, `{"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID}"}}`, unknown, "aws:SourceOrgID"},
		{"a service for it, if for any", service, `{"StringEqualsIfExists":{"aws:SourceOrgID":"o-acme"}}`, bad, "cloudtrail.amazonaws.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := healthy()
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":`+tt.principal+`,"Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":`+tt.condition+`}`)
			undeclared, _ := w.subject(t)
			w.expect(func(x *scanner.Expect) { x.Organization = "o-acme" })
			subject, _ := w.subject(t)
			status := subject.Facts["foreign_writers"]
			if got := verdicts(t, subject)["foreign_writers"]; got != tt.want || !says(t, subject, "foreign_writers", tt.says) {
				t.Errorf("foreign_writers is %s, want %s and %q: %+v", got, tt.want, tt.says, status)
			}
			if was := verdicts(t, undeclared)["foreign_writers"]; was != unknown && was != tt.want {
				t.Errorf("what was decided is decided otherwise: %s", was)
			}
			declared := strings.Contains(strings.Join(status.Assumptions, " "), "expect.organization")
			if was := verdicts(t, undeclared)["foreign_writers"]; declared != (was != tt.want) {
				t.Errorf("that it is declared is said: %t", declared)
			}
		})
	}
}
