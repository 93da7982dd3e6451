package aws

import (
	"fmt"
	"net/http"
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
	// inBulk alters a page of GetAccountAuthorizationDetails; nil: it is true.
	inBulk   func(page string) string
	bulkPage int // entries on such a page at most; 0: as many as it is asked for
	// history answers what a lookup asks; nil: with one event.
	history func(*request) string
}

type fakeBucket struct {
	region, owner string
	readers       []string          // accounts that may read beside the owner
	documents     map[string]string // bodies by operation; absent: as for none
	objects       []fakeObject
	pageSize      int
	wanders       bool // it is always in another region
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
		trusts:  map[string]string{managementReader.AssumeRole: managementReader.ExternalID},
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
			"GetBucketReplication":            `<ReplicationConfiguration><Role>arn:aws:iam::111111111111:role/replicator</Role><Rule><ID>copy</ID><Priority>1</Priority><Filter><And><Prefix>audit/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::archive</Bucket><Account>222222222222</Account><AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation><EncryptionConfiguration><ReplicaKmsKeyID>key</ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule></ReplicationConfiguration>`,
			"GetBucketRequestPayment":         `<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`,
			"GetBucketAbac":                   `<AbacStatus><Status>Enabled</Status></AbacStatus>`,
			"GetBucketTagging":                `<Tagging><TagSet><Tag><Key>team</Key><Value>audit</Value></Tag><Tag><Key>cost</Key><Value>7</Value></Tag></TagSet></Tagging>`,
			"GetBucketLogging":                `<BucketLoggingStatus><LoggingEnabled><TargetBucket>acme-audit</TargetBucket><TargetPrefix>s3/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
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
		key + `</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>` +
		`<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>`
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
	case "cloudtrail":
		w.trail(out, q)
	case "kms":
		w.kms(out, q)
	case "organizations":
		organized(out, q)
	}
}

func (w *world) s3(out http.ResponseWriter, q *request) {
	b := w.buckets[q.subject]
	if b == nil {
		q.refuse(out, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	out.Header().Set("x-amz-bucket-region", b.region)
	if b.wanders {
		out.Header().Set("x-amz-bucket-region", map[bool]string{true: "eu-west-2", false: "eu-west-1"}[q.region == "eu-west-1"])
		q.refuse(out, http.StatusMovedPermanently, "PermanentRedirect", "elsewhere")
		return
	}
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
		"GetBucketTagging":                "NoSuchTagSet",
		"GetBucketOwnershipControls":      "OwnershipControlsNotFoundError",
		"GetBucketReplication":            "ReplicationConfigurationNotFoundError",
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
	q.xml(out, "<ListBucketResult><Name>%s</Name><Prefix>%s</Prefix><IsTruncated>%t</IsTruncated>%s</ListBucketResult>", q.subject, q.query.Get("prefix"), truncated, body.String())
}
