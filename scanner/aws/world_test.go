package aws

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// world is what the fake holds.
type world struct {
	buckets   map[string]*fakeBucket
	roles     map[string]*fakePrincipal // by account and name
	users     map[string]*fakePrincipal
	groups    map[string]*fakePrincipal
	managed   map[string]string // documents by ARN
	keys      map[string]string // key policies by ARN
	aliases   map[string]string // key ARNs by alias ARN
	trusts    map[string]string // reader roles and their external ids
	plainText bool              // IAM documents are not URL-encoded
}

type fakeBucket struct {
	region, owner string
	readers       []string          // accounts that may read beside the owner
	documents     map[string]string // bodies by operation; absent: as for none
	objects       []fakeObject
	pageSize      int
}

type fakeObject struct {
	key, modified string
	size          int
}

type fakePrincipal struct {
	path, trust, boundary string
	attached              []string
	inline                map[string]string
	groups                []string
	keys                  map[string]string // creation dates by id
}

const (
	roleARN     = "arn:aws:iam::" + home + ":role/exports/exporter"
	userARN     = "arn:aws:iam::" + home + ":user/uploader"
	bucketARN   = "arn:aws:s3:::acme-audit"
	writePolicy = "arn:aws:iam::" + home + ":policy/write"
	boundaryARN = "arn:aws:iam::" + home + ":policy/boundary"
	viewPolicy  = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	theKey      = "arn:aws:kms:eu-west-1:" + home + ":key/11111111-2222-3333-4444-555555555555"
	allowAll    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	trustPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + other +
		`:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"a+b %41"}}}]}`
	bucketPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"` +
		bucketARN + `/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
)

// acme is one bucket with everything set, one role and one user.
func acme() world {
	return world{
		buckets: map[string]*fakeBucket{"acme-audit": acmeBucket()},
		roles: map[string]*fakePrincipal{home + "/exporter": {
			path: "/exports/", trust: trustPolicy, boundary: boundaryARN,
			attached: []string{writePolicy, viewPolicy}, inline: map[string]string{"put": allowAll, "kms": allowAll},
		}},
		users: map[string]*fakePrincipal{home + "/uploader": {
			path: "/", attached: []string{writePolicy}, inline: map[string]string{"own": allowAll}, groups: []string{"writers"},
			keys: map[string]string{"AKIAEXAMPLE000WXYZ": "2026-01-01T00:00:00Z", "AKIAEXAMPLE000ABCD": "2025-01-01T00:00:00Z"},
		}},
		groups: map[string]*fakePrincipal{home + "/writers": {
			path: "/", attached: []string{viewPolicy}, inline: map[string]string{"shared": allowAll},
		}},
		managed: map[string]string{writePolicy: allowAll, boundaryARN: allowAll, viewPolicy: allowAll},
		keys:    map[string]string{theKey: allowAll},
		aliases: map[string]string{},
		trusts:  map[string]string{},
	}
}

func acmeBucket() *fakeBucket {
	return &fakeBucket{
		region: "eu-west-1", owner: home,
		documents: map[string]string{
			"GetBucketPolicy":                 bucketPolicy,
			"GetBucketPolicyStatus":           `<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>`,
			"GetPublicAccessBlock":            accessBlockXML,
			"GetBucketEncryption":             encryptionXML(theKey),
			"GetBucketVersioning":             `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`,
			"GetObjectLockConfiguration":      `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>365</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
			"GetBucketLifecycleConfiguration": `<LifecycleConfiguration><Rule><ID>old</ID><Filter><And><Prefix>audit/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status><Expiration><Days>400</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>`,
			"GetBucketOwnershipControls":      `<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>`,
			"GetBucketAcl":                    `<AccessControlPolicy><Owner><ID>abc</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>abc</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`,
			"GetBucketLogging":                `<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>s3/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
		},
		objects: []fakeObject{ // by key, as S3 lists them
			{"audit-old/4.json", "2026-03-01T11:00:00.000Z", 40},
			{"audit/", "2026-03-01T11:59:00.000Z", 0},
			{"audit/1.json", "2026-02-28T10:00:00.000Z", 10},
			{"audit/2.json", "2026-03-01T10:00:00.000Z", 20},
			{"audit/3.json", "2026-02-27T10:00:00.000Z", 30},
		},
		pageSize: 2,
	}
}

const accessBlockXML = `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`

func encryptionXML(key string) string {
	return `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>` +
		key + `</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`
}

// roleExport and userExport are exports into a bucket.
func roleExport(id, bucket, role string) scanner.Record {
	return scanner.Record{Configuration: scanner.ExportConfiguration{
		Tenant: "acme", ID: id, Enabled: true,
		Endpoint: scanner.Endpoint{
			Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: bucket, Path: "/audit",
			Region: "eu-west-1", RoleARN: role, RoleARNSource: "immuta",
		},
	}}
}

func userExport(id, bucket, user string) scanner.Record {
	r := roleExport(id, bucket, "")
	r.Configuration.Endpoint.Authentication = scanner.AuthenticationAccessKey
	r.Configuration.Endpoint.UserARN = user
	return r
}

func (w *world) answer(out http.ResponseWriter, q *request) {
	switch q.service {
	case "s3":
		w.s3(out, q)
	case "s3control":
		if q.account != q.subject {
			q.refuse(out, http.StatusForbidden, "AccessDenied", "Access Denied")
			return
		}
		q.xml(out, "%s", accessBlockXML)
	case "iam":
		w.iam(out, q)
	case "sts":
		w.sts(out, q)
	case "kms":
		w.kms(out, q)
	}
}

func (w *world) s3(out http.ResponseWriter, q *request) {
	b := w.buckets[q.subject]
	if b == nil {
		q.refuse(out, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	out.Header().Set("x-amz-bucket-region", b.region)
	expected := q.header.Get("X-Amz-Expected-Bucket-Owner")
	switch {
	case q.region != b.region:
		q.refuse(out, http.StatusMovedPermanently, "PermanentRedirect", "elsewhere")
	case expected != "" && expected != b.owner, q.account != b.owner && !contains(b.readers, q.account):
		q.refuse(out, http.StatusForbidden, "AccessDenied", "Access Denied")
	case q.op == "HeadBucket":
		q.ids(out)
	case q.op == "ListObjectsV2":
		b.list(out, q)
	case b.documents[q.op] == "":
		refuseAbsent(out, q)
	default:
		q.ids(out)
		_, _ = out.Write([]byte(b.documents[q.op]))
	}
}

func refuseAbsent(out http.ResponseWriter, q *request) {
	codes := map[string]string{
		"GetBucketPolicy": "NoSuchBucketPolicy", "GetBucketPolicyStatus": "NoSuchBucketPolicy",
		"GetPublicAccessBlock": codeNoAccessBlock, "GetBucketEncryption": codeNoEncryption,
		"GetObjectLockConfiguration":      "ObjectLockConfigurationNotFoundError",
		"GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
		"GetBucketOwnershipControls":      "OwnershipControlsNotFoundError",
	}
	q.refuse(out, http.StatusNotFound, codes[q.op], "there is none")
}

func (b *fakeBucket) list(out http.ResponseWriter, q *request) {
	var keys []fakeObject
	for _, o := range b.objects {
		if strings.HasPrefix(o.key, q.query.Get("prefix")) && o.key > q.query.Get("continuation-token") {
			keys = append(keys, o)
		}
	}
	var body strings.Builder
	truncated := len(keys) > b.pageSize
	if truncated {
		keys = keys[:b.pageSize]
		fmt.Fprintf(&body, "<NextContinuationToken>%s</NextContinuationToken>", keys[len(keys)-1].key)
	}
	for _, o := range keys {
		fmt.Fprintf(&body, "<Contents><Key>%s</Key><LastModified>%s</LastModified><Size>%d</Size></Contents>", o.key, o.modified, o.size)
	}
	q.xml(out, "<ListBucketResult><IsTruncated>%t</IsTruncated>%s</ListBucketResult>", truncated, body.String())
}

func (w *world) sts(out http.ResponseWriter, q *request) {
	switch q.op {
	case "GetCallerIdentity":
		q.xml(out, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%[1]s:user/reader</Arn><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, q.account)
	case "AssumeRole":
		id, ok := w.trusts[q.subject]
		if !ok || id != q.query.Get("ExternalId") {
			q.refuse(out, http.StatusForbidden, "AccessDenied", "not authorized to perform: sts:AssumeRole")
			return
		}
		q.xml(out, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AS%s</AccessKeyId><SecretAccessKey>assumed-secret</SecretAccessKey><SessionToken>assumed-token</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			parseARN(q.subject).account)
	}
}

func (w *world) document(text string) string {
	if !w.plainText {
		text = strings.ReplaceAll(url.PathEscape(text), "+", "%2B")
	}
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}

func (w *world) iam(out http.ResponseWriter, q *request) {
	respond := func(format string, args ...any) {
		q.xml(out, "<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", q.op, fmt.Sprintf(format, args...))
	}
	missing := func() { q.refuse(out, http.StatusNotFound, "NoSuchEntity", q.subject+" can not be found") }
	kind := "Role"
	principals := w.roles
	switch {
	case strings.Contains(q.op, "User") || strings.Contains(q.op, "AccessKeys"):
		kind, principals = "User", w.users
	case strings.Contains(q.op, "Group"):
		kind, principals = "Group", w.groups
	}
	p := principals[q.account+"/"+q.subject]
	switch q.op {
	case "GetPolicy":
		if _, ok := w.managed[q.subject]; !ok {
			missing()
			return
		}
		respond("<Policy><Arn>%s</Arn><DefaultVersionId>v3</DefaultVersionId></Policy>", q.subject)
		return
	case "GetPolicyVersion":
		respond("<PolicyVersion><VersionId>%s</VersionId><Document>%s</Document></PolicyVersion>", q.query.Get("VersionId"), w.document(w.managed[q.subject]))
		return
	case "GetAccessKeyLastUsed":
		respond("<UserName>uploader</UserName><AccessKeyLastUsed><LastUsedDate>2026-02-01T00:00:00Z</LastUsedDate><Region>N/A</Region><ServiceName>s3</ServiceName></AccessKeyLastUsed>")
		return
	}
	if p == nil {
		missing()
		return
	}
	switch q.op {
	case "GetRole", "GetUser":
		extra := ""
		if p.boundary != "" {
			extra = "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>" + p.boundary + "</PermissionsBoundaryArn></PermissionsBoundary>"
		}
		if kind == "Role" {
			extra += "<AssumeRolePolicyDocument>" + w.document(p.trust) + "</AssumeRolePolicyDocument><RoleLastUsed><LastUsedDate>2026-02-28T00:00:00Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed>"
		}
		respond("<%[1]s><Path>%[2]s</Path><%[1]sName>%[3]s</%[1]sName><%[1]sId>ID1</%[1]sId><Arn>arn:aws:iam::%[4]s:%[5]s%[2]s%[3]s</Arn><CreateDate>2025-01-01T00:00:00Z</CreateDate>%[6]s</%[1]s>",
			kind, p.path, q.subject, q.account, strings.ToLower(kind), extra)
	case "ListAttached" + kind + "Policies":
		w.attached(respond, q, p)
	case "List" + kind + "Policies":
		respond("<IsTruncated>false</IsTruncated><PolicyNames>%s</PolicyNames>", members(sortedKeys(p.inline)))
	case "Get" + kind + "Policy":
		respond("<PolicyName>%s</PolicyName><PolicyDocument>%s</PolicyDocument>", q.query.Get("PolicyName"), w.document(p.inline[q.query.Get("PolicyName")]))
	case "ListGroupsForUser":
		var body strings.Builder
		for _, g := range p.groups {
			fmt.Fprintf(&body, "<member><Path>/</Path><GroupName>%[1]s</GroupName><GroupId>G</GroupId><Arn>arn:aws:iam::%[2]s:group/%[1]s</Arn><CreateDate>2025-01-01T00:00:00Z</CreateDate></member>", g, q.account)
		}
		respond("<IsTruncated>false</IsTruncated><Groups>%s</Groups>", body.String())
	case "ListAccessKeys":
		var body strings.Builder
		for _, id := range sortedKeys(p.keys) {
			fmt.Fprintf(&body, "<member><AccessKeyId>%s</AccessKeyId><Status>Active</Status><CreateDate>%s</CreateDate></member>", id, p.keys[id])
		}
		respond("<IsTruncated>false</IsTruncated><AccessKeyMetadata>%s</AccessKeyMetadata>", body.String())
	}
}

// attached lists one policy a page.
func (w *world) attached(respond func(string, ...any), q *request, p *fakePrincipal) {
	at := 0
	_, _ = fmt.Sscanf(q.query.Get("Marker"), "page-%d", &at)
	if at >= len(p.attached) {
		respond("<IsTruncated>false</IsTruncated><AttachedPolicies/>")
		return
	}
	respond("<IsTruncated>%t</IsTruncated><Marker>page-%d</Marker><AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>%s</PolicyArn></member></AttachedPolicies>",
		at+1 < len(p.attached), at+1, p.attached[at])
}

func members(names []string) string {
	var out strings.Builder
	for _, name := range names {
		out.WriteString("<member>" + name + "</member>")
	}
	return out.String()
}

func (w *world) kms(out http.ResponseWriter, q *request) {
	id := q.subject
	if target, ok := w.aliases[id]; ok && q.op == "DescribeKey" {
		id = target
	}
	policy, ok := w.keys[id]
	switch {
	case !ok:
		q.refuse(out, http.StatusBadRequest, "NotFoundException", "Key does not exist")
		return
	case q.op == "GetKeyPolicy" && parseARN(id).account != q.account:
		q.refuse(out, http.StatusBadRequest, "AccessDeniedException", "not your key")
		return
	}
	q.ids(out)
	out.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if q.op == "GetKeyPolicy" {
		_ = json.NewEncoder(out).Encode(map[string]string{"Policy": policy})
		return
	}
	_ = json.NewEncoder(out).Encode(map[string]any{"KeyMetadata": map[string]any{
		"AWSAccountId": parseARN(id).account, "Arn": id, "KeyId": strings.TrimPrefix(parseARN(id).resource, "key/"),
		"Enabled": true, "KeyState": "Enabled", "KeyManager": "CUSTOMER", "CreationDate": 1735689600.5,
	}})
}

func contains(list []string, text string) bool {
	for _, item := range list {
		if item == text {
			return true
		}
	}
	return false
}
