package aws

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/document"
)

// text returns the text of the evidence of a kind.
func text(t *testing.T, r *scanner.Record, kind document.Kind, name string) string {
	t.Helper()
	e, ok := r.Find(kind, "", name)
	if !ok {
		t.Fatalf("no evidence of kind %s %s; gaps: %+v", kind, name, r.Gaps)
	}
	if e.Absent {
		return "absent"
	}
	return e.Text
}

func gapOf(t *testing.T, r *scanner.Record, kind document.Kind) *scanner.Gap {
	t.Helper()
	g, ok := r.FindGap(kind, "", "")
	if !ok {
		t.Fatalf("no gap of kind %s; evidence: %+v", kind, kinds(r))
	}
	return g
}

func kinds(r *scanner.Record) []document.Kind {
	var all []document.Kind
	for i := range r.Evidence {
		all = append(all, r.Evidence[i].Kind)
	}
	return slices.Compact(all)
}

func TestBucketAndRole(t *testing.T) {
	f := newFake(t, acme())
	r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
	if len(r.Gaps) != 0 {
		t.Errorf("gaps: %+v", r.Gaps)
	}
	const block = `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`
	for kind, want := range map[document.Kind]string{
		document.KindBucket:             `{"Exists":true,"Region":"eu-west-1"}`,
		document.KindBucketOwner:        `{"Account":"111111111111"}`,
		document.KindBucketPolicy:       bucketPolicy,
		document.KindBucketPolicyStatus: `{"PolicyStatus":{"IsPublic":false}}`,
		document.KindPublicAccessBlock:  block,
		document.KindAccountAccessBlock: block,
		document.KindEncryption: `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"` +
			theKey + `"},"BucketKeyEnabled":true,"BlockedEncryptionTypes":{"EncryptionType":["SSE-C"]}}]}}`,
		document.KindVersioning: `{"Status":"Enabled"}`,
		document.KindObjectLock: `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":365}}}}`,
		document.KindLifecycle: `{"Rules":[{"ID":"old","Filter":{"And":{"Prefix":"audit/","Tags":[{"Key":"k","Value":"v"}]}},"Status":"Enabled",` +
			`"Expiration":{"Days":400},"NoncurrentVersionExpiration":{"NoncurrentDays":30}}]}`,
		document.KindOwnership: `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`,
		document.KindACL:       `{"Owner":{"ID":"abc"},"Grants":[{"Grantee":{"ID":"abc","Type":"CanonicalUser"},"Permission":"FULL_CONTROL"}]}`,
		document.KindAccessLog: `{"LoggingEnabled":{"TargetBucket":"acme-audit","TargetPrefix":"s3/"}}`,
		document.KindTrails: `{"trailList":[{"TrailARN":"` + theTrail + `","HomeRegion":"us-east-1","IsMultiRegionTrail":true,"IsOrganizationTrail":false},` +
			`{"TrailARN":"arn:aws:cloudtrail:us-west-2:111111111111:trail/west","HomeRegion":"us-west-2","IsMultiRegionTrail":false,"IsOrganizationTrail":false}]}`,
		document.KindTrailStatus: `{"TrailARN":"` + theTrail + `","IsLogging":true}`,
		document.KindEventSelectors: `{"TrailARN":"` + theTrail + `","EventSelectors":[{"ReadWriteType":"All","DataResources":` +
			`[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::acme-audit/"]}]}]}`,
		document.KindEventDataStore: `{"EventDataStoreArn":"` + theStore + `","Status":"ENABLED","MultiRegionEnabled":true,"OrganizationEnabled":false,` +
			`"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]}`,
		document.KindReplication: `{"ReplicationConfiguration":{"Role":"arn:aws:iam::111111111111:role/replicator","Rules":[{"ID":"copy",` +
			`"Filter":{"And":{"Prefix":"audit/","Tags":[{"Key":"k","Value":"v"}]}},"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::archive",` +
			`"Account":"222222222222","AccessControlTranslation":{"Owner":"Destination"},"EncryptionConfiguration":{"ReplicaKmsKeyID":"key"}}}]}}`,
		document.KindRequestPayment: `{"Payer":"BucketOwner"}`,
		document.KindBucketABAC:     `{"Status":"Enabled","Tags":[{"Key":"cost","Value":"7"},{"Key":"team","Value":"audit"}]}`,
		// Neither the folder's marker nor the neighbour's newer object counts.
		document.KindDelivery: `{"Prefix":"audit/","Objects":3,"Complete":true,"Newest":{"Key":"audit/2.json","LastModified":"2026-03-01T10:00:00Z","Size":20},` +
			`"Since":"2026-01-25T00:00:00Z","Days":[` + oneDay("2026-02-27", 30) + `,` + oneDay("2026-02-28", 10) + `,` + oneDay("2026-03-01", 20) + `]}`,
		document.KindRole: `{"Role":{"Path":"/exports/","RoleName":"exporter","RoleId":"ID1","Arn":"` + roleARN + `","CreateDate":"2025-01-01T00:00:00Z",` +
			`"PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"` + boundaryARN + `"},"Tags":[{"Key":"team","Value":"audit"}]}}`,
		document.KindTrustPolicy:      trustPolicy,
		document.KindIdentityPolicies: `{"Policies":["` + writePolicy + `","` + viewPolicy + `","inline/kms","inline/put"],"Boundary":"` + boundaryARN + `"}`,
		document.KindKey: `{"KeyMetadata":{"AWSAccountId":"111111111111","KeyId":"11111111-2222-3333-4444-555555555555","Arn":"` + theKey +
			`","CreationDate":"2025-01-01T00:00:00.5Z","Enabled":true,"KeyState":"Enabled","KeyManager":"CUSTOMER","MultiRegion":false}}`,
		document.KindKeyPolicy: allowAll,
		document.KindKeyGrants: `{"Grants":[{"GrantId":"9","GranteePrincipal":"` + roleARN + `","RetiringPrincipal":"` + roleARN +
			`","Operations":["Decrypt","GenerateDataKey"],"Constraints":{"EncryptionContextEquals":{"aws:s3:arn":"` + bucketARN + `"}}},` +
			`{"GrantId":"7","GranteeServicePrincipal":"s3.amazonaws.com","Operations":["Decrypt"],"Constraints":{"SourceArn":"` + bucketARN + `"}}]}`,
		document.KindKeyRotation: `{"KeyRotationEnabled":true,"RotationPeriodInDays":180}`,
	} {
		if got := text(t, &r, kind, ""); got != want {
			t.Errorf("%s:\n got %s\nwant %s", kind, got, want)
		}
	}
	for kind, resource := range map[document.Kind]string{
		document.KindBucketPolicy: bucketARN, document.KindAccountAccessBlock: "arn:aws:s3:::account/" + home,
		document.KindTrails: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/*", document.KindTrailStatus: theTrail, document.KindEventDataStore: theStore,
		document.KindDelivery: bucketARN + "/audit/", document.KindTrustPolicy: roleARN, document.KindKeyPolicy: theKey,
	} {
		if _, ok := r.Find(kind, resource, ""); !ok {
			t.Errorf("no %s on %s", kind, resource)
		}
	}
	for _, name := range []string{writePolicy, viewPolicy, "inline/kms", "inline/put"} {
		if got := text(t, &r, document.KindIdentityPolicy, name); got != allowAll {
			t.Errorf("policy %s: %s", name, got)
		}
	}
	if got := text(t, &r, document.KindBoundary, boundaryARN); got != allowAll {
		t.Errorf("boundary: %s", got)
	}
}

func TestUser(t *testing.T) {
	f := newFake(t, acme())
	o := f.options()
	o.Hints = map[string]scanner.ExportHint{"1": {UserARN: userARN}}
	r := collect(t, o, userExport("1", "acme-audit", ""))[0]
	want := `{"Policies":["` + writePolicy + `","group/writers/` + viewPolicy + `","group/writers/inline/shared","inline/own"]}`
	if got := text(t, &r, document.KindIdentityPolicies, ""); got != want {
		t.Errorf("policies:\n got %s\nwant %s", got, want)
	}
	if got := text(t, &r, document.KindIdentityPolicy, "group/writers/inline/shared"); got != allowAll {
		t.Errorf("group policy: %s", got)
	}
	want = `{"AccessKeyMetadata":[{"AccessKeyId":"…ABCD","Status":"Active","CreateDate":"2025-01-01T00:00:00Z","LastUsedDate":"2026-02-01T00:00:00Z"},` +
		`{"AccessKeyId":"…WXYZ","Status":"Active","CreateDate":"2026-01-01T00:00:00Z","LastUsedDate":"2026-02-01T00:00:00Z"}]}`
	if got := text(t, &r, document.KindAccessKeys, ""); got != want {
		t.Errorf("access keys:\n got %s\nwant %s", got, want)
	}
	if got := text(t, &r, document.KindUser, ""); !strings.Contains(got, `"Arn":"`+userARN+`"`) {
		t.Errorf("user: %s", got)
	}
	if len(r.Gaps) != 0 {
		t.Errorf("gaps: %+v", r.Gaps)
	}
}

func TestEverythingIsSorted(t *testing.T) {
	f := newFake(t, acme())
	r := collect(t, f.options(), userExport("1", "acme-audit", userARN))[0]
	byKey := func(x, y scanner.Evidence) int {
		return slices.Compare([]string{string(x.Kind), x.Resource, x.Name}, []string{string(y.Kind), y.Resource, y.Name})
	}
	if !slices.IsSortedFunc(r.Evidence, byKey) {
		t.Errorf("evidence is not sorted: %q", kinds(&r))
	}
	again := collect(t, f.options(), userExport("1", "acme-audit", userARN))[0]
	if fmt.Sprint(again) != fmt.Sprint(r) {
		t.Errorf("two runs differ:\n%v\n%v", r, again)
	}
}

// oneDay is a day on which one object arrived, at ten.
func oneDay(day string, bytes int) string {
	return fmt.Sprintf(`{"Day":%q,"Objects":1,"Bytes":%d,"First":"%sT10:00:00Z","Last":"%sT10:00:00Z"}`, day, bytes, day, day)
}

func TestNothingConfigured(t *testing.T) {
	w := acme()
	w.buckets["acme-audit"].documents = map[string]string{
		"GetBucketVersioning": "<VersioningConfiguration/>", "GetBucketLogging": "<BucketLoggingStatus/>",
		"GetBucketAcl": acmeBucket().documents["GetBucketAcl"], "GetBucketRequestPayment": acmeBucket().documents["GetBucketRequestPayment"],
		"GetBucketAbac": acmeBucket().documents["GetBucketAbac"],
	}
	w.buckets["acme-audit"].objects = nil
	r := collect(t, newFake(t, w).options(), roleExport("1", "acme-audit", roleARN))[0]
	for kind, want := range map[document.Kind]string{
		document.KindBucketPolicy: "absent", document.KindBucketPolicyStatus: "absent", document.KindPublicAccessBlock: "absent",
		document.KindEncryption: "absent", document.KindObjectLock: "absent", document.KindLifecycle: "absent",
		document.KindReplication: "absent", document.KindOwnership: "absent", document.KindVersioning: "{}", document.KindAccessLog: "{}",
		document.KindBucketABAC: `{"Status":"Enabled"}`,
		document.KindDelivery:   `{"Prefix":"audit/","Objects":0,"Complete":true,"Since":"2026-01-25T00:00:00Z"}`,
	} {
		if got := text(t, &r, kind, ""); got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
	if len(r.Gaps) != 0 {
		t.Errorf("gaps: %+v", r.Gaps)
	}
}

func TestMissingBucketRoleUserAndKey(t *testing.T) {
	w := acme()
	w.buckets["acme-audit"].documents["GetBucketEncryption"] = encryptionXML(strings.Replace(theKey, "1111-", "9999-", 1))
	f := newFake(t, w)
	out := collect(t, f.options(),
		roleExport("1", "gone", "arn:aws:iam::"+home+":role/exporter"), // its path is another
		roleExport("2", "acme-audit", "arn:aws:iam::"+home+":role/gone"),
		userExport("3", "gone", "arn:aws:iam::"+home+":user/gone"))
	if got := text(t, &out[0], document.KindBucket, ""); got != `{"Exists":false}` {
		t.Errorf("bucket: %s", got)
	}
	for i, kind := range map[int]document.Kind{0: document.KindRole, 1: document.KindRole, 2: document.KindUser} {
		if got := text(t, &out[i], kind, ""); got != "absent" {
			t.Errorf("%s of record %d: %s", kind, i, got)
		}
	}
	if got := text(t, &out[1], document.KindKey, ""); got != "absent" {
		t.Errorf("key: %s", got)
	}
	for i := range out {
		if len(out[i].Gaps) != 0 {
			t.Errorf("gaps of record %d: %+v", i, out[i].Gaps)
		}
	}
	if got := kinds(&out[0]); !slices.Equal(got, []document.Kind{document.KindBucket, document.KindRole}) {
		t.Errorf("a bucket and a role that do not exist have %v", got)
	}
	if n := f.detailed["s3:GetBucketPolicy gone"]; n != 0 {
		t.Errorf("asked for the policy of a bucket that does not exist %d times", n)
	}
}

func TestEachThingIsAskedOnce(t *testing.T) {
	f := newFake(t, acme())
	var records []scanner.Record
	for i := range 500 {
		if i%2 == 0 {
			records = append(records, roleExport(fmt.Sprint(i), "acme-audit", roleARN))
		} else {
			records = append(records, userExport(fmt.Sprint(i), "acme-audit", userARN))
		}
	}
	o := f.options()
	o.Organization, o.Who = managementReader, whoOfBuckets
	out := collect(t, o, records...)
	for i := range out {
		if out[i].Configuration.ID != fmt.Sprint(i) {
			t.Fatalf("record %d is export %s", i, out[i].Configuration.ID)
		}
		if len(out[i].Gaps) != 0 || len(out[i].Evidence) < 20 {
			t.Fatalf("record %d has %d documents and gaps %+v", i, len(out[i].Evidence), out[i].Gaps)
		}
	}
	more := map[string]int{ // pages, policies, keys
		"s3:ListObjectsV2": 2, "iam:ListAttachedRolePolicies": 2, "iam:GetPolicy": 3, "iam:GetPolicyVersion": 3,
		"iam:GetRolePolicy": 2, "iam:GetAccessKeyLastUsed": 2, "kms:ListGrants": 2,
		// An account, its unit and the root, each with policies of either type.
		organization.CallParents: 2, organization.CallPolicies: 6, organization.CallPolicy: 2,
		"cloudtrail:ListEventDataStores": 3, // of two regions
	}
	for _, op := range Operations() {
		want := max(1, more[op.Call()])
		if op.Call() == callAuthorization {
			want = 0
		}
		if got := f.counted(op.Call()); got != want {
			t.Errorf("%s was sent %d times, want %d", op.Call(), got, want)
		}
	}
}

func TestPathsOfOneBucketAreListedEach(t *testing.T) {
	f := newFake(t, acme())
	whole := roleExport("2", "acme-audit", roleARN)
	whole.Configuration.Endpoint.Path = ""
	same := roleExport("3", "acme-audit", roleARN)
	same.Configuration.Endpoint.Path = "audit/"
	one, off := roleExport("1", "acme-audit", roleARN), roleExport("4", "acme-audit", roleARN)
	one.Configuration.Enabled, same.Configuration.Enabled, off.Configuration.Enabled = true, true, false
	out := collect(t, f.options(), one, whole, same, off)
	for i, want := range map[int]string{
		0: `"Exports":["1","3"]}`,
		1: `{"Prefix":"","Objects":1,"Complete":true,"Newest":{"Key":"audit-old/4.json","LastModified":"2026-03-01T11:00:00Z","Size":40},"Since":"2026-01-25T00:00:00Z",` +
			`"Days":[` + strings.ReplaceAll(oneDay("2026-03-01", 40), "T10", "T11") + `],"Others":{"Objects":3,"Of":["export 1"]}}`,
	} {
		if got := text(t, &out[i], document.KindDelivery, ""); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n := f.counted("s3:ListObjectsV2"); n != 2+3 {
		t.Errorf("listed %d pages, want 2 of audit/ and 3 of the bucket", n)
	}
}

func TestPagesUsedUp(t *testing.T) {
	f := newFake(t, acme())
	o := f.options()
	o.DeliveryPages = 1
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	want := `{"Prefix":"audit/","Objects":1,"Complete":false,"Newest":{"Key":"audit/1.json","LastModified":"2026-02-28T10:00:00Z","Size":10},` +
		`"Since":"2026-01-25T00:00:00Z","Days":[` + oneDay("2026-02-28", 10) + `]}`
	if got := text(t, &r, document.KindDelivery, ""); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUserWhomTheBucketPolicyNames: Immuta never tells whose key it uses, and
// its documents name the user in the bucket policy.
func TestUserWhomTheBucketPolicyNames(t *testing.T) {
	statement := func(principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:PutObject","Resource":"` + bucketARN + `/*"}]}`
	}
	for name, tt := range map[string]struct {
		policy string
		read   bool
	}{
		"one user":  {statement(`{"AWS":"` + userARN + `"}`), true},
		"two users": {statement(`{"AWS":["` + userARN + `","arn:aws:iam::` + home + `:user/other"]}`), false},
		"anybody":   {statement(`"*"`), false},
		"no policy": {`<html>`, false},
	} {
		w := acme()
		w.buckets["acme-audit"].documents["GetBucketPolicy"] = tt.policy
		f := newFake(t, w)
		out := collect(t, f.options(), userExport("1", "acme-audit", ""), userExport("2", "acme-audit", ""), userExport("3", "acme-audit", userARN))
		for i := range 2 {
			_, read := out[i].Find(document.KindUser, userARN, "")
			_, keys := out[i].Find(document.KindAccessKeys, userARN, "")
			if read != tt.read || keys != tt.read {
				t.Errorf("%s: the user was read: %v, its keys: %v", name, read, keys)
			}
			if !tt.read && !slices.ContainsFunc(out[i].Gaps, func(g scanner.Gap) bool {
				return g.Kind == document.KindUser && g.Reason == scanner.ReasonSubjectMissing && strings.Contains(g.Detail, "userArn")
			}) {
				t.Errorf("%s: nothing says what to declare: %+v", name, out[i].Gaps)
			}
		}
		if n := f.counted("s3:GetBucketPolicy"); n != 1 {
			t.Errorf("%s: the policy was read %d times", name, n)
		}
	}
}
