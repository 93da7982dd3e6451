package facts_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// scenario is one thing done to an export that was healthy, and what becomes
// of the facts that it touches. All others stay as they are.
type scenario struct {
	base func() *world
	do   func(*world)
	want map[string]string
	// says are words that the first of the facts must say: in its reasons, its
	// clause or its value.
	fact, says string
	alone      bool // nothing is said of any other fact
}

type expectation = map[string]string

const (
	sound   = "good"
	bad     = "bad"
	unknown = "unknown"
	none    = "not_applicable"
)

// corpus is every scenario's world.
func corpus() map[string]*world {
	out := map[string]*world{}
	for topic, scenarios := range allScenarios() {
		for name, s := range scenarios {
			out[topic+": "+name] = s.build()
		}
	}
	return out
}

func allScenarios() map[string]map[string]scenario {
	return map[string]map[string]scenario{
		"configuration": configurationScenarios, "delivery": deliveryScenarios, "bucket": bucketScenarios,
		"encryption": encryptionScenarios, "trust": trustScenarios, "put": putScenarios,
		"public": publicScenarios, "foreign": foreignScenarios, "tls": tlsScenarios, "key": keyScenarios,
		"protection": protectionScenarios, "silence": silenceScenarios, "destination": destinationScenarios, "gone": goneScenarios, "key age": keyAgeScenarios, "SAS token": sasScenarios, "writer": writerScenarios, "gaps": gapScenarios,
		"reading": readerScenarios, "excess": excessScenarios, "logging": loggingScenarios, "confined": confinedScenarios, "dedicated": dedicatedScenarios, "continuity": continuityScenarios, "key life": keyLifeScenarios, "key rotation": keyRotationScenarios, "key grants": keyGrantScenarios, "regional name": regionalNameScenarios,
		"organization": organizationScenarios, "tags": tagScenarios,
	}
}

func (s scenario) build() *world {
	base := s.base
	if base == nil {
		base = healthy
	}
	w := base()
	if s.do != nil {
		s.do(w)
	}
	return w
}

// follow adds what a scenario that does not say otherwise means for facts that rest
// on another: what the writer may not do at all is not refused silently, and a
// policy that nobody read may name whoever was deleted.
func follow(want, given map[string]string) {
	if put := given["put_object"]; put == unknown || put == none {
		want["writer_excess"] = put
	}
	if put, given := given["put_object"]; given {
		want["silent_denial"] = map[string]string{bad: none, unknown: unknown, none: none}[put]
	}
	if arrived, given := given["delivery"]; given {
		want["continuity"] = arrived
	}
	if key, given := given["writer_key"]; given {
		want["key_age"] = map[string]string{bad: none, unknown: unknown, none: none}[key]
	}
	if key, given := given["key_use"]; given && key != "good" {
		want["key_decrypt"] = map[string]string{bad: none, unknown: unknown, none: none}[key]
	}
	if key := given["key_state"]; key == unknown || key == none {
		want["key_life"], want["key_rotation"] = key, key
	}
	if given["versioning"] == unknown && given["object_lock"] == unknown {
		want["access_log"] = unknown // nobody asked for anything
	}
	if given["versioning"] == none {
		want["access_log"] = none
	}
	if others := given["foreign_writers"]; others == unknown || others == none {
		want["foreign_readers"] = others
	}
	if given["tls"] == unknown || given["other_doors"] == unknown || given["encryption"] == unknown {
		want["deleted_principals"] = unknown
	}
	if given["tls"] == none && given["other_doors"] == none {
		want["deleted_principals"] = none
	}
}

func TestScenarios(t *testing.T) {
	short.Skip(t)
	bases := map[string]map[string]string{}
	for name, base := range map[string]func() *world{"role": healthy, "key": withKey, "user": withUser} {
		subject, _ := base().subject(t)
		bases[name] = verdicts(t, subject)
	}
	for topic, scenarios := range allScenarios() {
		for name, s := range scenarios {
			t.Run(topic+"/"+name, func(t *testing.T) {
				want := maps.Clone(bases[s.baseName()])
				follow(want, s.want)
				for fact, v := range s.want {
					want[fact] = v
				}
				subject, _ := s.build().subject(t)
				got := verdicts(t, subject)
				if s.alone {
					got = map[string]string{s.fact: got[s.fact]}
				} else { // their own topics' policies are about them, and no others
					delete(got, "writers_confined")
					delete(got, "role_use")
				}
				for fact, v := range got {
					if want[fact] != v {
						status := subject.Facts[fact]
						t.Errorf("%s is %s, want %s (%s; %v; needs %v)\n%s", fact, v, want[fact], status.Because, status.Reasons, status.Needs, written(t, subject))
					}
				}
				if s.says != "" && !says(t, subject, s.fact, s.says) {
					t.Errorf("%s does not say %q: %+v\n%s", s.fact, s.says, subject.Facts[s.fact], written(t, subject))
				}
				checkNothingInvented(t, s.build(), subject)
				for fact, status := range subject.Facts {
					if status.State == scanner.FactUnknown && len(status.Gaps) == 0 && len(status.Needs) == 0 {
						t.Errorf("%s is unknown and does not say on what it rests: %+v", fact, status)
					}
					if status.Resource == "" {
						t.Errorf("%s is about nothing", fact)
					}
					if status.State == scanner.FactKnown && (len(status.Reasons) == 0 || len(status.Evidence) == 0) {
						t.Errorf("%s has no reasons or no evidence: %+v", fact, status)
					}
					for _, ref := range status.Evidence {
						if _, ok := subject.Document(ref); !ok {
							t.Errorf("%s rests on %q, which the subject does not hold", fact, ref)
						}
					}
					for _, r := range status.Reasons {
						ref, _, _ := strings.Cut(r.At, "#/")
						if _, ok := subject.Document(strings.TrimSuffix(ref, "#")); r.At != "" && !ok {
							t.Errorf("%s points to %q, which the subject does not hold", fact, r.At)
						}
					}
					if status.State != scanner.FactKnown && status.Because == "" {
						t.Errorf("%s does not say why it is %s", fact, status.State)
					}
				}
			})
		}
	}
}

var accountIDs = regexp.MustCompile(`\b\d{12}\b|trailguard-stands|role/example|qz7trail`)

// checkNothingInvented: who merely stands for others in the reasoning is never
// shown as if there were such a principal.
func checkNothingInvented(t *testing.T, w *world, s *scanner.Subject) {
	t.Helper()
	given := fmt.Sprintf("%+v %+v", w.record, w.options)
	shown := fmt.Sprintf("%+v %s", s.Facts, written(t, s))
	for _, id := range accountIDs.FindAllString(shown, -1) {
		if !strings.Contains(given, id) {
			_, where, _ := strings.Cut(shown, id)
			t.Errorf("%s is nobody's, before %.200s", id, where)
		}
	}
}

// baseName tells which of the healthy exports a scenario starts from.
func (s scenario) baseName() string {
	w := healthy()
	if s.base != nil {
		w = s.base()
	}
	switch {
	case w.endpoint().UserARN != "":
		return "user"
	case slices.ContainsFunc(w.record.Evidence, func(e scanner.Evidence) bool { return e.Kind == document.KindKey }):
		return "key"
	default:
		return "role"
	}
}

func everything(v string, names ...string) expectation {
	out := expectation{}
	for _, name := range names {
		out[name] = v
	}
	return out
}

var (
	bucketFacts = []string{"bucket_owner", "bucket_region", "public_access", "tls", "encryption", "key_state", "key_use", "put_object", "foreign_writers", "delivery", "versioning", "object_lock", "retention", "object_ownership", "silent_denial"}
	trustFacts  = []string{"external_id_accepted", "external_id_bypass", "trusted_principals", "other_doors"}
)

func and(maps ...expectation) expectation {
	out := expectation{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

var configurationScenarios = map[string]scenario{
	"connection text": {
		do: func(w *world) {
			w.record.Configuration.ConnectionStatus = "Error testing access to S3 using AssumedRole " + roleARN + " - User: " + immutaRole + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN
		},
		want: expectation{"connection": bad}, fact: "connection", says: immutaRole,
	},
	"connection almost":  {do: func(w *world) { w.record.Configuration.ConnectionStatus = "success" }, want: expectation{"connection": bad}},
	"connection missing": {do: func(w *world) { w.record.Configuration.Missing = []string{"connectionStatus"} }, want: expectation{"connection": unknown}},
	"disabled":           {do: func(w *world) { w.record.Configuration.Enabled = false }, want: expectation{"destination": none, "enabled": bad, "delivery": none}},
	"enabled missing":    {do: func(w *world) { w.record.Configuration.Missing = []string{"enabled"} }, want: expectation{"destination": unknown, "enabled": unknown, "delivery": unknown}},
	"interval too long":  {do: func(w *world) { w.record.Configuration.Interval = "EVERY_24_HOURS" }, want: expectation{"interval": bad}},
	"interval unknown to Immuta's documents": {
		do:   func(w *world) { w.record.Configuration.Interval = "EVERY_48_HOURS" },
		want: expectation{"interval": bad},
	},
	"interval missing": {do: func(w *world) { w.record.Configuration.Missing = []string{"interval"} }, want: expectation{"interval": unknown}},
	"limit that is none": {
		do:   func(w *world) { w.expect(func(x *scanner.Expect) { x.MaxInterval = "12h" }) },
		want: expectation{"interval": unknown}, fact: "interval", says: "expect.maxInterval",
	},
	"adls": {
		do: func(w *world) {
			*w.endpoint() = scanner.Endpoint{TypeName: "AdlsSasTokenEndpointConfiguration", Type: scanner.EndpointADLS, Authentication: scanner.AuthenticationSASToken}
		},
		want: and(expectation{"destination": unknown}, everything(none, bucketFacts...), everything(none, trustFacts...), expectation{"endpoint": bad, "authentication": bad, "bucket": none, "writer": none}),
	},
	"other type": {
		do: func(w *world) {
			*w.endpoint() = scanner.Endpoint{TypeName: "GcsEndpointConfiguration", Type: scanner.EndpointOther, Authentication: scanner.AuthenticationUnknown}
		},
		want: and(expectation{"destination": unknown}, everything(none, bucketFacts...), everything(none, trustFacts...), expectation{"endpoint": bad, "authentication": unknown, "bucket": none, "writer": none}),
	},
	"access point": {
		do:   func(w *world) { w.endpoint().Bucket = "arn:aws:s3:us-east-1:111111111111:accesspoint/audit" },
		want: and(everything(unknown, bucketFacts...), expectation{"endpoint": bad, "bucket": unknown}), fact: "endpoint", says: "access_point_arn",
	},
	"alias": {
		do:   func(w *world) { w.endpoint().Bucket = "audit-abcdef-s3alias" },
		want: and(everything(unknown, bucketFacts...), expectation{"endpoint": bad, "bucket": unknown}), fact: "endpoint", says: "access_point_alias",
	},
	"directory bucket": {
		do:   func(w *world) { w.endpoint().Bucket = "audit--use1-az4--x-s3" },
		want: and(everything(unknown, bucketFacts...), expectation{"endpoint": bad, "bucket": unknown}), fact: "endpoint", says: "directory_bucket",
	},
	"multi-region": {
		do:   func(w *world) { w.endpoint().Bucket = "arn:aws:s3::111111111111:accesspoint/abc.mrap" },
		want: and(everything(unknown, bucketFacts...), expectation{"endpoint": bad, "bucket": unknown}), fact: "endpoint", says: "multi_region",
	},
	"no bucket name": {
		do:   func(w *world) { w.endpoint().Bucket = "" },
		want: and(expectation{"destination": unknown}, everything(unknown, bucketFacts...), expectation{"endpoint": bad, "bucket": unknown}), fact: "endpoint", says: "invalid",
	},
	"endpoint missing": {
		do: func(w *world) {
			w.record.Configuration.Missing = []string{"endpoint"}
			*w.endpoint() = scanner.Endpoint{Type: scanner.EndpointOther, Authentication: scanner.AuthenticationUnknown}
		},
		want: and(expectation{"destination": unknown}, everything(unknown, bucketFacts...), everything(unknown, trustFacts...), everything(unknown, "endpoint", "authentication", "bucket", "writer", "writer_key")),
	},
	"path not told": {
		do: func(w *world) {
			w.record.Configuration.Missing = []string{"endpoint"}
			w.endpoint().Path = ""
		},
		want: everything(unknown, "delivery", "put_object", "foreign_writers", "retention", "access_log"),
	},
	"bucket not told": {
		do: func(w *world) {
			w.record.Configuration.Missing = []string{"endpoint"}
			w.endpoint().Bucket = ""
		},
		want: and(expectation{"destination": unknown}, everything(unknown, bucketFacts...), everything(unknown, "endpoint", "bucket")),
	},
	"region not told": {
		do: func(w *world) {
			w.record.Configuration.Missing = []string{"region"}
			w.endpoint().Region = ""
		},
		want: expectation{"bucket_region": unknown},
	},
	"adls, account not told": {
		do: func(w *world) {
			w.record.Configuration.Missing = []string{"endpoint"}
			*w.endpoint() = scanner.Endpoint{TypeName: "AdlsSasTokenEndpointConfiguration", Type: scanner.EndpointADLS, Authentication: scanner.AuthenticationSASToken}
		},
		want: and(expectation{"destination": unknown}, everything(none, bucketFacts...), everything(none, trustFacts...), expectation{"endpoint": bad, "authentication": bad, "bucket": none, "writer": none}),
	},
	"oldest schema, role named in the status": {
		do: func(w *world) {
			w.endpoint().Authentication, w.endpoint().RoleARNSource = scanner.AuthenticationUnknown, "status"
		},
		fact: "authentication", says: "connection status text",
	},
	"oldest schema, nothing told": {
		do: func(w *world) {
			w.endpoint().Authentication, w.endpoint().RoleARN = scanner.AuthenticationUnknown, ""
		},
		want: and(everything(unknown, trustFacts...), everything(unknown, "authentication", "writer", "writer_key", "put_object")), fact: "put_object", says: "exports." + configurationID,
	},
	"role not told": {
		do:   func(w *world) { w.endpoint().RoleARN = "" },
		want: and(everything(unknown, trustFacts...), everything(unknown, "writer", "put_object")), fact: "writer", says: ".roleArn",
	},
	"role ARN that is none": {
		do:   func(w *world) { w.endpoint().RoleARN = userARN },
		want: and(everything(unknown, trustFacts...), everything(unknown, "writer", "put_object")), fact: "writer", says: "not the ARN of a role",
	},
}

var deliveryScenarios = map[string]scenario{
	"late, within grace": {do: func(w *world) { w.delivered("immuta/a", now.Add(-36*time.Hour), true) }},
	"too late":           {do: func(w *world) { w.delivered("immuta/a", now.Add(-37*time.Hour), true) }, want: expectation{"delivery": bad}},
	"outage loses events": {
		do:   func(w *world) { w.delivered("immuta/a", now.AddDate(0, 0, -100), true) },
		want: expectation{"delivery": bad}, fact: "delivery", says: `"lost_since":"2026-08-12"`,
	},
	"outage of a self-managed tenant": {
		do: func(w *world) {
			w.options.Tenants[0].URL = "https://immuta.acme.example"
			w.delivered("immuta/a", now.AddDate(0, 0, -10), true)
		},
		want: expectation{"delivery": bad}, fact: "delivery", says: `"lost_since":"2026-11-10"`,
	},
	"shorter outage loses nothing": {
		do:   func(w *world) { w.delivered("immuta/a", now.AddDate(0, 0, -10), true) },
		want: expectation{"delivery": bad}, fact: "delivery", says: `"lost_since":""`,
	},
	"nothing at all": {
		do: func(w *world) {
			w.set(document.KindDelivery, bucketARN+"/immuta/", "", `{"Prefix":"immuta/","Objects":0,"Complete":true,"Since":"2026-10-01T00:00:00Z"}`)
		},
		want: expectation{"delivery": bad, "silent_denial": unknown}, fact: "delivery", says: "nothing lies under the path",
	},
	"pages used up":               {do: func(w *world) { w.delivered("immuta/a", now.AddDate(0, 0, -9), false) }, want: expectation{"delivery": unknown}, fact: "delivery", says: "have the export write to another path"},
	"pages used up, one is fresh": {do: func(w *world) { w.delivered("immuta/a", now.Add(-time.Hour), false) }},
	"folder marker": {
		do: func(w *world) {
			w.set(document.KindDelivery, bucketARN+"/immuta/", "", `{"Prefix":"immuta/","Objects":1,"Complete":true,"Newest":{"Key":"immuta/","LastModified":"2026-11-20T11:00:00Z","Size":0}}`)
		},
		want: everything(unknown, "delivery", "silent_denial"),
	},
	"young": {
		do: func(w *world) {
			w.record.Configuration.CreatedAt = now.Add(-20 * time.Hour)
			w.set(document.KindDelivery, bucketARN+"/immuta/", "", `{"Prefix":"immuta/","Objects":0,"Complete":true}`)
		},
		want: expectation{"delivery": none, "silent_denial": unknown},
	},
	"age not told, fresh": {do: func(w *world) { w.record.Configuration.Missing = []string{"createdAt"} }},
	"age not told, stale": {
		do: func(w *world) {
			w.record.Configuration.CreatedAt = time.Time{}
			w.delivered("immuta/a", now.AddDate(0, 0, -9), true)
		},
		want: expectation{"delivery": unknown},
	},
	"own grace": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.DeliveryGrace = time.Hour })
			w.delivered("immuta/a", now.Add(-14*time.Hour), true)
		},
		want: expectation{"delivery": bad},
	},
	"strange interval, stale": {
		do: func(w *world) {
			w.record.Configuration.Interval = "WEEKLY"
			w.delivered("immuta/a", now.AddDate(0, 0, -3), true)
		},
		want: expectation{"delivery": unknown, "interval": bad},
	},
	"strange interval, younger than the grace": {
		do:   func(w *world) { w.record.Configuration.Interval = "WEEKLY" },
		want: expectation{"interval": bad},
	},
	"the whole bucket": {do: func(w *world) { w.endpoint().Path = ""; w.listed("", `"Objects":3`, "x/2026-11-20.json", "") }},
	"the whole bucket, nothing but CloudTrail's": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.listed("", `"Objects":0`, "", `,"Others":{"Objects":20,"Of":["AWS log delivery"]}`)
		},
		want: expectation{"delivery": bad, "silent_denial": unknown}, fact: "delivery", says: "20 objects lie under the path, of AWS log delivery",
	},
	"the whole bucket, CloudTrail writes too": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.listed("", `"Objects":1`, "x.json", `,"Others":{"Objects":20,"Of":["AWS log delivery"]}`)
		},
		want: everything(unknown, "delivery", "silent_denial"), fact: "delivery", says: "a path of its own",
	},
	"the whole bucket, as an older snapshot has it": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.set(document.KindDelivery, bucketARN+"/", "", `{"Prefix":"","Objects":21,"Complete":true,"Newest":{"Key":"AWSLogs/111111111111/CloudTrail/x.json.gz","LastModified":"2026-11-20T11:00:00Z","Size":10}}`)
		},
		want: everything(unknown, "delivery", "silent_denial"), fact: "delivery", says: "is of AWS log delivery, which hides",
	},
	"the whole bucket, another export below": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.listed("", `"Objects":1`, "x.json", `,"Others":{"Objects":20,"Of":["export `+otherID+`"]}`)
		},
	},
	"the whole bucket, its policy lets another role write": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.listed("", `"Objects":1`, "x.json", "")
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:iam::111111111111:role/etl"}`, "s3:PutObject", ""))
		},
		want: everything(unknown, "delivery", "silent_denial"), fact: "delivery", says: "role/etl",
	},
	"the whole bucket, its policy lets the writer and its account write": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.listed("", `"Objects":1`, "x.json", "")
			w.bucketPolicy(tlsStatement, allow(`{"AWS":["`+roleARN+`","arn:aws:iam::111111111111:root"]}`, "s3:PutObject", ""))
		},
	},
	"a path of its own, the policy lets another role write": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:iam::111111111111:role/etl"}`, "s3:PutObject", ""))
		},
	},
	"two exports to one path": {
		do: func(w *world) {
			w.listed("immuta/", `"Objects":1`, "immuta/x.json", `,"Exports":["`+configurationID+`","`+otherID+`"]`)
		},
		want: everything(unknown, "delivery", "silent_denial"), fact: "delivery", says: "share the path",
	},
	"two exports to one path, nothing recent": {
		do: func(w *world) {
			w.listed("immuta/", `"Objects":0`, "", `,"Exports":["`+configurationID+`","`+otherID+`"]`)
		},
		want: expectation{"delivery": bad, "silent_denial": unknown},
	},
	"HTML instead of a listing": {
		do:   func(w *world) { w.set(document.KindDelivery, bucketARN+"/immuta/", "", `<html>`) },
		want: everything(unknown, "delivery", "silent_denial"),
	},
}

var bucketScenarios = map[string]scenario{
	"does not exist": {
		do: func(w *world) {
			for _, kind := range []document.Kind{
				document.KindBucketOwner, document.KindBucketPolicy, document.KindPublicAccessBlock, document.KindAccountAccessBlock,
				document.KindEncryption, document.KindOwnership, document.KindACL, document.KindDelivery,
				document.KindVersioning, document.KindObjectLock, document.KindLifecycle, document.KindReplication, document.KindRequestPayment, document.KindAccessLog, document.KindBucketABAC,
			} {
				w.drop(kind)
			}
			w.set(document.KindBucket, bucketARN, "", `{"Exists":false}`)
		},
		want: and(everything(none, bucketFacts...), expectation{"bucket": bad}),
	},
	"HEAD denied": {
		do:   func(w *world) { w.deny(document.KindBucket) },
		want: expectation{"bucket_region": unknown},
	},
	"another account's": {
		do:   func(w *world) { w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"999999999999"}`) },
		want: expectation{"bucket_owner": bad, "put_object": bad},
	},
	"owner by hint": {
		do: func(w *world) {
			w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"333333333333"}`)
			w.options.Settings.Exports[configurationID] = scanner.ExportHint{BucketAccount: "333333333333", Owner: "finance"}
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`)
		},
	},
	"owner unknown": {
		do:   func(w *world) { w.deny(document.KindBucketOwner) },
		want: expectation{"writer_excess": sound, "bucket_owner": unknown, "put_object": unknown},
	},
	"owner unknown, granted by both": {
		do: func(w *world) {
			w.deny(document.KindBucketOwner)
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"bucket_owner": unknown},
	},
	"another region": {
		do:   func(w *world) { w.set(document.KindBucket, bucketARN, "", `{"Exists":true,"Region":"eu-west-1"}`) },
		want: expectation{"bucket_region": bad},
	},
	"region not told": {
		do:   func(w *world) { w.set(document.KindBucket, bucketARN, "", `{"Exists":true}`) },
		want: expectation{"bucket_region": unknown},
	},
}

var encryptionScenarios = map[string]scenario{
	"algorithm that is none": {
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", strings.Replace(kmsText, "aws:kms", "NONE", 1))
		},
		want: expectation{"encryption": unknown, "key_state": unknown, "key_use": unknown}, fact: "encryption", says: `SSEAlgorithm "NONE"`,
	},
	"algorithm that looks like KMS": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", strings.Replace(kmsText, "aws:kms", "aws:kms:pq", 1))
		},
		want: expectation{"encryption": unknown, "key_state": unknown, "key_use": unknown},
	},
	"double encryption": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", strings.Replace(kmsText, "aws:kms", "aws:kms:dsse", 1))
		},
	},
	"none": {do: func(w *world) { w.absent(document.KindEncryption, bucketARN) }, want: expectation{"encryption": bad}},
	"empty rules": {do: func(w *world) {
		w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[]}}`)
	}, want: expectation{"encryption": bad}},
	"no document at all": {
		do:   func(w *world) { w.set(document.KindEncryption, bucketARN, "", `{}`) },
		want: expectation{"encryption": unknown, "key_state": unknown, "key_use": unknown},
	},
	"keys of uploads are refused": {
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", blockingText("SSE-C"))
		},
		fact: "encryption", says: "S3 refuses uploads that bring a key of their own (SSE-C)",
	},
	"a type of encryption is refused that nobody knows": { // it may be what uploads rely on
		do:   func(w *world) { w.set(document.KindEncryption, bucketARN, "", blockingText("SSE-KMS")) },
		want: expectation{"encryption": unknown, "key_state": unknown, "key_use": unknown}, fact: "encryption", says: `EncryptionType "SSE-KMS"`,
	},
	"customer key demanded, AES256": {
		do:   func(w *world) { w.expect(func(x *scanner.Expect) { x.Encryption = "aws:kms" }) },
		want: expectation{"encryption": bad},
	},
	"customer key demanded and there": {base: withKey, do: func(w *world) { w.expect(func(x *scanner.Expect) { x.Encryption = "aws:kms" }) }},
	"customer key demanded, AWS's by ARN": {
		base: withKey,
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.Encryption = "aws:kms" })
			w.set(document.KindKey, keyARN, "", `{"KeyMetadata":{"Arn":"`+keyARN+`","KeyState":"Enabled","KeyManager":"AWS"}}`)
		},
		want: expectation{"encryption": bad, "key_state": none},
	},
	"customer key demanded, key unreadable": {
		base: withKey,
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.Encryption = "aws:kms" })
			w.deny(document.KindKey)
		},
		want: expectation{"deleted_principals": sound, "encryption": unknown, "key_state": unknown},
	},
	"any encryption, key unreadable": {
		base: withKey, do: func(w *world) { w.deny(document.KindKey) },
		want: expectation{"key_state": unknown},
	},
}

// gapScenarios name what a gap may and may not reach.
var gapScenarios = map[string]scenario{
	"account block unreadable":                         {do: func(w *world) { w.deny(document.KindAccountAccessBlock) }},
	"organization's block unreadable, the bucket's on": {do: func(w *world) { w.deny(document.KindOrganizationAccessBlock) }},
	"both blocks unreadable, nothing public": {
		do: func(w *world) {
			w.deny(document.KindAccountAccessBlock)
			w.deny(document.KindPublicAccessBlock)
		},
	},
	"bucket policy unreadable": {
		do:   func(w *world) { w.deny(document.KindBucketPolicy) },
		want: expectation{"put_object": unknown, "tls": unknown, "foreign_writers": unknown},
	},
	"bucket policy malformed": {
		do:   func(w *world) { w.bucketPolicy(`{"Effect":"allow","Principal":"*","Action":"s3:*","Resource":"*"}`) },
		want: expectation{"put_object": unknown, "tls": unknown, "foreign_writers": unknown}, fact: "tls", says: "/Statement/0/Effect",
	},
	"identity policy unreadable": {
		do:   func(w *world) { w.deny(document.KindIdentityPolicy) },
		want: expectation{"put_object": unknown},
	},
	"identity policies unreadable, Deny in the bucket policy": {
		do: func(w *world) {
			w.deny(document.KindIdentityPolicy)
			w.deny(document.KindIdentityPolicies)
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"writer_excess": unknown, "put_object": bad}, fact: "put_object", says: `"denied":true`,
	},
	"everything about the role unreadable": {
		do: func(w *world) {
			for _, kind := range []document.Kind{document.KindRole, document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy} {
				w.deny(kind)
			}
		},
		want: and(everything(unknown, trustFacts...), everything(unknown, "writer", "put_object")),
	},
	"nobody asked": {
		do: func(w *world) {
			w.record.Evidence = slices.DeleteFunc(w.record.Evidence, func(scanner.Evidence) bool { return true })
		},
		want: and(everything(unknown, bucketFacts...), everything(unknown, trustFacts...), everything(unknown, "bucket", "writer")),
	},
}

// blockingText is the default encryption of a bucket that refuses a type of it.
func blockingText(of string) string {
	return `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false,` +
		`"BlockedEncryptionTypes":{"EncryptionType":["` + of + `"]}}]}}`
}
