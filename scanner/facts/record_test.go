package facts_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

const (
	configurationID = "259fc41c-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	otherID         = "77777777-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	roleARN         = "arn:aws:iam::111111111111:role/immuta-audit"
	userARN         = "arn:aws:iam::111111111111:user/immuta-audit"
	bucketARN       = "arn:aws:s3:::acme-audit"
	keyARN          = "arn:aws:kms:us-east-1:111111111111:key/0b1c2d3e-0000-4000-8000-000000000001"
	tenantURL       = "https://acme.immutacloud.com"
	immutaRole      = "arn:aws:iam::222222222222:role/immuta"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// world is one record and the run around it, for a test to break.
type world struct {
	record  scanner.Record
	options facts.Options
	since   *facts.Since
}

// text of the healthy documents.
const (
	trustText = `{"Version":"2012-10-17","Statement":[{"Sid":"Immuta","Effect":"Allow",
		"Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"sts:ExternalId":"` + configurationID + `"}}}]}`
	identityText = `{"Version":"2012-10-17","Statement":[{"Sid":"Put","Effect":"Allow","Action":"s3:PutObject",
		"Resource":["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/*"]}]}`
	tlsStatement = `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*",
		"Resource":["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/*"],
		"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	blockText = `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`
	openBlock = `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}}`
	lockText  = `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":400}}}}`
	kmsText   = `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"` + keyARN + `"},"BucketKeyEnabled":true}]}}`
	keyText   = `{"KeyMetadata":{"Arn":"` + keyARN + `","KeyState":"Enabled","KeyManager":"CUSTOMER","Origin":"AWS_KMS"}}`
)

// confine denies writing and deleting to everybody but some.
func confine(spared ...string) string {
	return `{"Sid":"Confine","Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:DeleteObject","s3:DeleteObjectVersion"],
		"Resource":"arn:aws:s3:::acme-audit/*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":["` + strings.Join(spared, `","`) + `"]}}}`
}

func policy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// healthy is an export by which everything is as it should be.
func healthy() *world {
	w := &world{}
	w.record.Configuration = scanner.ExportConfiguration{
		Tenant: "acme", ID: configurationID, Enabled: true, Interval: "EVERY_12_HOURS", ConnectionStatus: "SUCCESS",
		CreatedAt: now.AddDate(0, -6, 0),
		Endpoint: scanner.Endpoint{
			TypeName: "S3AssumedRoleEndpointConfiguration", Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole,
			Bucket: "acme-audit", Path: "immuta", Region: "us-east-1", RoleARN: roleARN, RoleARNSource: "immuta",
		},
	}
	w.options = facts.Options{
		AsOf: now,
		Settings: scanner.Settings{
			Expect:  map[string]scanner.Expect{"acme": {ImmutaAccounts: []string{"222222222222"}, MaxInterval: "EVERY_12_HOURS", BucketAccounts: []string{"111111111111"}, RetentionDays: 365}},
			Exports: map[string]scanner.ExportHint{configurationID: {Owner: "finance"}},
		},
		Tenants: []scanner.Tenant{{
			Name: "acme", URL: tenantURL, ConfigurationIDs: []string{configurationID, otherID}, Complete: true,
			Destinations: []scanner.Destination{{ID: otherID, Type: scanner.EndpointS3, Place: "acme-audit-old", Prefix: "old/"}},
		}},
	}
	w.set(document.KindBucket, bucketARN, "", `{"Exists":true,"Region":"us-east-1"}`)
	w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"111111111111"}`)
	w.set(document.KindBucketPolicy, bucketARN, "", policy(tlsStatement, confine(roleARN)))
	w.set(document.KindAccessLog, bucketARN, "", `{"LoggingEnabled":{"TargetBucket":"acme-logs","TargetPrefix":"audit/"}}`)
	w.set(document.KindPublicAccessBlock, bucketARN, "", blockText)
	w.set(document.KindAccountAccessBlock, "arn:aws:s3:::account/111111111111", "", blockText)
	w.absent(document.KindOrganizationAccessBlock, "arn:aws:s3:::account/111111111111")
	w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}}`)
	w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`)
	w.set(document.KindACL, bucketARN, "", `{"Owner":{"ID":"own"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"own"},"Permission":"FULL_CONTROL"}]}`)
	w.set(document.KindVersioning, bucketARN, "", `{"Status":"Enabled"}`)
	w.set(document.KindObjectLock, bucketARN, "", lockText)
	w.set(document.KindLifecycle, bucketARN, "", `{"Rules":[{"ID":"late","Status":"Enabled","Filter":{},"Expiration":{"Days":800}}]}`)
	w.absent(document.KindReplication, bucketARN)
	w.set(document.KindRequestPayment, bucketARN, "", `{"Payer":"BucketOwner"}`)
	w.delivered("immuta/2026-11-20.json", now.Add(-3*time.Hour), true)
	w.set(document.KindRole, roleARN, "", `{"Role":{"Arn":"`+roleARN+`","RoleId":"AROAEXAMPLE","Tags":[]}}`)
	w.set(document.KindBucketABAC, bucketARN, "", `{"Status":"Disabled"}`)
	w.set(document.KindTrustPolicy, roleARN, "", trustText)
	w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"]}`)
	w.set(document.KindIdentityPolicy, roleARN, "inline/put", identityText)
	return w
}

// withKey is a healthy export whose bucket encrypts with a customer's key.
func withKey() *world {
	w := healthy()
	w.set(document.KindEncryption, bucketARN, "", kmsText)
	w.set(document.KindKey, keyARN, "", keyText)
	w.set(document.KindKeyGrants, keyARN, "", `{"Grants":[]}`)
	w.set(document.KindKeyRotation, keyARN, "", `{"KeyRotationEnabled":true,"RotationPeriodInDays":365}`)
	w.set(document.KindKeyPolicy, keyARN, "", policy(`{"Sid":"IAM","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"}`))
	w.set(document.KindIdentityPolicy, roleARN, "inline/put", policy(
		`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-audit/*"}`,
		`{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"`+keyARN+`"}`))
	return w
}

// withUser is a healthy export that uses a user's access key.
func withUser() *world {
	w := healthy()
	ep := &w.record.Configuration.Endpoint
	ep.TypeName, ep.Authentication = "S3AccessKeyEndpointConfiguration", scanner.AuthenticationAccessKey
	ep.RoleARN, ep.RoleARNSource, ep.UserARN = "", "", userARN
	for _, kind := range []document.Kind{document.KindRole, document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy} {
		w.drop(kind)
	}
	w.set(document.KindUser, userARN, "", `{"User":{"Arn":"`+userARN+`","UserId":"AIDAEXAMPLE","Tags":[]}}`)
	w.keys(`{"AccessKeyId":"…KEY0","Status":"Active","CreateDate":"2026-10-01T00:00:00Z"}`)
	w.bucketPolicy(tlsStatement, confine(userARN))
	w.set(document.KindIdentityPolicies, userARN, "", `{"Policies":["inline/put"]}`)
	w.set(document.KindIdentityPolicy, userARN, "inline/put", identityText)
	return w
}

func (w *world) endpoint() *scanner.Endpoint { return &w.record.Configuration.Endpoint }

func (w *world) expect(change func(*scanner.Expect)) {
	x := w.options.Settings.Expect["acme"]
	change(&x)
	w.options.Settings.Expect["acme"] = x
}

func (w *world) put(e scanner.Evidence) {
	w.drop2(e.Kind, e.Name)
	w.record.Evidence = append(w.record.Evidence, e)
}

func (w *world) set(kind document.Kind, resource, name, text string) {
	w.put(scanner.NewEvidence(kind, "test:"+string(kind), resource, name, text, now))
}

func (w *world) absent(kind document.Kind, resource string) {
	w.drop(kind)
	w.put(scanner.NewAbsence(kind, "test:"+string(kind), resource, "", now))
}

// delivered is a listing of what arrived every twelve hours, until the newest.
func (w *world) delivered(key string, at time.Time, complete bool) {
	days := steady(now.AddDate(0, 0, -40), at)
	text, err := json.Marshal(document.Delivery{
		Prefix: "immuta/", Objects: 1 + 2*len(days), Complete: complete, Since: listedSince, Days: days,
		Newest: &document.Object{Key: key, LastModified: at, Size: 100, Checksum: "CRC32"},
	})
	if err != nil {
		panic(err)
	}
	w.set(document.KindDelivery, bucketARN+"/immuta/", "", string(text))
}

// listedSince is since when listings count by day.
var listedSince = now.AddDate(0, 0, -40).Truncate(24 * time.Hour)

// steady are days with an object at midnight and one at noon, but for those before
// a moment and after another, which is the last.
func steady(from, until time.Time) (days []document.DeliveryDay) {
	for day := from.Truncate(24 * time.Hour); !day.After(until); day = day.AddDate(0, 0, 1) {
		first, noon := day, day.Add(12*time.Hour)
		if first.Before(from) {
			first = from
		}
		last := noon
		if until.Before(day.AddDate(0, 0, 1)) {
			last = until
		}
		days = append(days, document.DeliveryDay{
			Day: day.Format(time.DateOnly), Objects: 2, Bytes: 200, First: first, Last: last,
			Silence: &document.Silence{From: first, To: last},
		})
	}
	return days
}

func (w *world) keys(list string) {
	w.set(document.KindAccessKeys, userARN, "", `{"AccessKeyMetadata":[`+list+`]}`)
}

// listed is a whole listing whose newest object, where there is one, is fresh.
func (w *world) listed(prefix, objects, newest, more string) {
	text := `{"Prefix":"` + prefix + `",` + objects + `,"Complete":true`
	if newest == "" {
		more += `,"Since":"` + listedSince.Format(time.RFC3339) + `"`
	} else {
		days, err := json.Marshal(steady(now.AddDate(0, 0, -40), now.Add(-time.Hour)))
		if err != nil {
			panic(err)
		}
		more += `,"Since":"` + listedSince.Format(time.RFC3339) + `","Days":` + string(days)
		text += `,"Newest":{"Key":"` + newest + `","LastModified":"2026-11-20T11:00:00Z","Size":10,"Checksum":"CRC32"}`
	}
	w.set(document.KindDelivery, bucketARN+"/"+prefix, "", text+more+"}")
}

func (w *world) bucketPolicy(statements ...string) {
	w.set(document.KindBucketPolicy, bucketARN, "", policy(statements...))
}

func (w *world) trust(statements ...string) {
	w.set(document.KindTrustPolicy, roleARN, "", policy(statements...))
}

func (w *world) identity(statements ...string) {
	resource := roleARN
	if w.endpoint().RoleARN == "" {
		resource = userARN
	}
	w.set(document.KindIdentityPolicy, resource, "inline/put", policy(statements...))
}

// drop forgets every document and gap of a kind, as if nobody had asked.
func (w *world) drop(kind document.Kind) {
	w.record.Evidence = slices.DeleteFunc(w.record.Evidence, func(e scanner.Evidence) bool { return e.Kind == kind })
	w.record.Gaps = slices.DeleteFunc(w.record.Gaps, func(g scanner.Gap) bool { return g.Kind == kind })
}

func (w *world) drop2(kind document.Kind, name string) {
	w.record.Evidence = slices.DeleteFunc(w.record.Evidence, func(e scanner.Evidence) bool { return e.Kind == kind && e.Name == name })
	w.record.Gaps = slices.DeleteFunc(w.record.Gaps, func(g scanner.Gap) bool { return g.Kind == kind && g.Name == name })
}

// deny puts gaps in the place of what was read of a kind.
func (w *world) deny(kind document.Kind) {
	for i := len(w.record.Evidence) - 1; i >= 0; i-- {
		if w.record.Evidence[i].Kind == kind {
			w.denyAt(i)
		}
	}
}

func (w *world) denyAt(i int) {
	e := w.record.Evidence[i]
	w.record.Evidence = slices.Delete(w.record.Evidence, i, i+1)
	w.record.Gaps = append(w.record.Gaps, scanner.Gap{
		Kind: e.Kind, Call: e.Call, Resource: e.Resource, Name: e.Name,
		Reason: scanner.ReasonDenied, Permission: "test:Read", Code: "AccessDenied",
	})
}

// subject derives the facts. The configuration's document is written last, as
// the source would have read it.
func (w *world) subject(t testing.TB) (*scanner.Subject, fact.Input) {
	t.Helper()
	w.list()
	if !slices.ContainsFunc(w.record.Gaps, func(g scanner.Gap) bool { return g.Kind == document.KindConfiguration && g.Name == "" }) {
		text, err := json.Marshal(w.record.Configuration)
		if err != nil {
			t.Fatal(err)
		}
		w.set(document.KindConfiguration, tenantURL+"#"+w.record.Configuration.ID, "", string(text))
	}
	subject := facts.New(w.options).Record(&w.record, w.since)
	return subject, input(t, subject)
}

// list has the tenant list the export's destination as it is, unless a test made
// the list that of an older snapshot.
func (w *world) list() {
	tenant := &w.options.Tenants[0]
	own := func(d scanner.Destination) bool { return d.ID == w.record.Configuration.ID }
	if tenant.Destinations != nil {
		tenant.Destinations = append(slices.DeleteFunc(slices.Clone(tenant.Destinations), own), w.record.Configuration.Destination())
	}
}

// written is the input as rules see it, as JSON.
func written(t testing.TB, s *scanner.Subject) []byte {
	t.Helper()
	text, err := json.Marshal(s.Input)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func input(t testing.TB, s *scanner.Subject) fact.Input {
	t.Helper()
	var in fact.Input
	if err := json.Unmarshal(written(t, s), &in); err != nil {
		t.Fatal(err)
	}
	return in
}

// good says of each export fact whether it is what a healthy export has.
func good(in *fact.Input) map[string]bool {
	f := &in.Facts
	return map[string]bool{
		"connection":           f.Connection.Value != nil && f.Connection.Value.Succeeded,
		"enabled":              f.Enabled.Value != nil && f.Enabled.Value.Enabled,
		"interval":             f.Interval.Value != nil && f.Interval.Value.Recognised && (f.Interval.Value.MaxHours == 0 || f.Interval.Value.Hours <= f.Interval.Value.MaxHours),
		"endpoint":             f.Endpoint.Value != nil && f.Endpoint.Value.Recognised,
		"authentication":       f.Authentication.Value != nil && f.Authentication.Value.Method == "role",
		"delivery":             f.Delivery.Value != nil && f.Delivery.Value.Fresh,
		"continuity":           f.Continuity.Value != nil && f.Continuity.Value.Continuous,
		"external_id_accepted": f.ExternalIDAccepted.Value != nil && f.ExternalIDAccepted.Value.Accepted,
		"external_id_bypass":   f.ExternalIDBypass.Value != nil && len(f.ExternalIDBypass.Value.Accesses) == 0,
		"trusted_principals":   f.TrustedPrincipals.Value != nil && !slices.ContainsFunc(f.TrustedPrincipals.Value.Principals, func(p fact.TrustedPrincipal) bool { return !p.Expected }),
		"other_doors":          f.OtherDoors.Value != nil && !slices.ContainsFunc(f.OtherDoors.Value.Doors, func(d fact.Door) bool { return !d.Expected || d.Missing != "" }),
		"deleted_principals":   f.DeletedPrincipals.Value != nil && len(f.DeletedPrincipals.Value.Principals) == 0,
		"writer":               f.Writer.Value != nil && f.Writer.Value.Known && f.Writer.Value.Exists,
		"organization":         f.Organization.Value != nil && f.Organization.Value.Matches,
		"writer_key":           f.WriterKey.Value != nil && len(f.WriterKey.Value.Active) > 0,
		"key_age":              f.KeyAge.Value != nil && f.KeyAge.Value.BothSince == "" && !slices.ContainsFunc(f.KeyAge.Value.Active, func(k fact.AccessKey) bool { return k.Stale }),
		"put_object":           f.PutObject.Value != nil && f.PutObject.Value.Granted,
		"writer_excess":        f.WriterExcess.Value != nil && len(f.WriterExcess.Value.Excess) == 0,
		"foreign_writers":      f.ForeignWriters.Value != nil && len(f.ForeignWriters.Value.Accesses) == 0,
		"foreign_readers":      f.ForeignReaders.Value != nil && len(f.ForeignReaders.Value.Accesses) == 0,
		"bucket":               f.Bucket.Value != nil && f.Bucket.Value.Exists,
		"bucket_owner":         f.BucketOwner.Value != nil && f.BucketOwner.Value.Expected,
		"bucket_region":        f.BucketRegion.Value != nil && f.BucketRegion.Value.Region == f.BucketRegion.Value.Configured,
		"public_access":        f.PublicAccess.Value != nil && len(f.PublicAccess.Value.Ways) == 0,
		"tls":                  f.TLS.Value != nil && f.TLS.Value.Required,
		"encryption":           f.Encryption.Value != nil && f.Encryption.Value.Configured && (f.Encryption.Value.Expected != "aws:kms" || f.Encryption.Value.CustomerKey),
		"key_state":            f.KeyState.Value != nil && f.KeyState.Value.Enabled && f.KeyState.Value.Unfit == "",
		"key_life":             f.KeyLife.Value != nil && !f.KeyLife.Value.Scheduled && !f.KeyLife.Value.Empty && (f.KeyLife.Value.Expires == "" || f.KeyLife.Value.Days >= 14),
		"key_rotation":         f.KeyRotation.Value != nil && (f.KeyRotation.Value.Enabled || !f.KeyRotation.Value.Possible),
		"key_use":              f.KeyUse.Value != nil && f.KeyUse.Value.Granted,
		"key_decrypt":          f.KeyDecrypt.Value != nil && f.KeyDecrypt.Value.Granted,
		"versioning":           f.Versioning.Value != nil && f.Versioning.Value.Enabled,
		"object_lock":          f.ObjectLock.Value != nil && f.ObjectLock.Value.Mode != "" && f.ObjectLock.Value.Days >= f.ObjectLock.Value.ExpectedDays && len(f.ObjectLock.Value.Bypass) == 0,
		"retention":            f.Retention.Value != nil && len(f.Retention.Value.Expiries) == 0,
		"object_ownership":     f.ObjectOwnership.Value != nil && f.ObjectOwnership.Value.Readable,
		"silent_denial":        f.SilentDenial.Value != nil && len(f.SilentDenial.Value.Refusals) == 0,
		"destination":          f.Destination.Value != nil && len(f.Destination.Value.Others) == 0,
		"sas_token":            f.SASToken.Value != nil && !f.SASToken.Value.Expired && f.SASToken.Value.Days > 14,
		"access_log":           f.AccessLog.Value != nil && f.AccessLog.Value.Logged,
		"writers_confined":     f.WritersConfined.Value != nil && len(f.WritersConfined.Value.Unconfined) == 0,
		"role_use":             f.RoleUse.Value != nil && len(f.RoleUse.Value.Others) == 0,
		"owner":                f.Owner.Value != nil && f.Owner.Value.Name != "",
		"configuration_drift":  f.ConfigurationDrift.Value != nil && len(f.ConfigurationDrift.Value.Changes) == 0,
		"access_widened":       f.AccessWidened.Value != nil && len(f.AccessWidened.Value.Changes) == 0,
		"access_lost":          f.AccessLost.Value != nil && len(f.AccessLost.Value.Changes) == 0,
		"protection_drift":     f.ProtectionDrift.Value != nil && len(f.ProtectionDrift.Value.Changes) == 0,
	}
}

// verdicts sums a subject up: good, bad, unknown or not_applicable by fact.
func verdicts(t testing.TB, s *scanner.Subject) map[string]string {
	t.Helper()
	in := input(t, s)
	out := map[string]string{}
	for name, ok := range good(&in) {
		status, given := s.Facts[name]
		if !given {
			t.Fatalf("fact %s has no status", name)
		}
		out[name] = string(status.State)
		if status.State == scanner.FactKnown {
			out[name] = map[bool]string{true: "good", false: "bad"}[ok]
		}
	}
	return out
}
