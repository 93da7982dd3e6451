package drift_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// anyPolicy draws a bucket policy as lists of its parts.
func anyPolicy(t *rapid.T) []map[string]any {
	some := func(label string, of ...string) []any {
		var list []any
		for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, len(of), rapid.ID[string]).Draw(t, label) {
			list = append(list, s)
		}
		return list
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) map[string]any {
		statement := map[string]any{
			"Effect":    rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect"),
			"Principal": map[string]any{"AWS": some("principal", "*", roleARN, "arn:aws:iam::444455556666:root")},
			"Action":    some("action", "s3:PutObject", "s3:Get*", "s3:ListBucket", "s3:DeleteObject"),
			"Resource":  some("resource", bucketARN, bucketARN+"/*", bucketARN+"/logs/*"),
		}
		if rapid.Bool().Draw(t, "conditional") {
			statement["Condition"] = map[string]any{
				"StringEquals": map[string]any{"aws:PrincipalOrgID": some("org", "o-1", "o-2"), "s3:prefix": some("prefix", "a", "b")},
			}
		}
		return statement
	}), 1, 4).Draw(t, "statements")
}

// rewrite writes the same policy in another way.
func rewrite(t *rapid.T, value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = rewrite(t, member)
		}
		return out
	case []any:
		list := rapid.Permutation(v).Draw(t, "order")
		if len(list) == 1 && rapid.Bool().Draw(t, "single") {
			return list[0]
		}
		return list
	default:
		return v
	}
}

func TestRewritingIsNoDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := anyPolicy(t)
		write := func(change bool) string {
			statements := policy
			if change {
				statements = rapid.Permutation(policy).Draw(t, "statements")
			}
			var list []any
			for _, s := range statements {
				var statement any = s
				if change {
					rewritten, _ := rewrite(t, s).(map[string]any)
					if sid := rapid.SampledFrom([]string{"", "One", "Two"}).Draw(t, "sid"); sid != "" {
						rewritten["Sid"] = sid
					}
					if action, ok := rewritten["Action"].(string); ok && rapid.Bool().Draw(t, "case") {
						rewritten["Action"] = strings.ToUpper(action)
					}
					statement = rewritten
				}
				list = append(list, statement)
			}
			var body any = list
			if change && len(list) == 1 && rapid.Bool().Draw(t, "lone statement") {
				body = list[0]
			}
			text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": body},
				jsontext.Multiline(change && rapid.Bool().Draw(t, "white space")))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		was, is := write(false), write(true)
		before := export("a", evidenceOf(document.KindBucketPolicy, bucketARN, "", was))
		after := export("a", evidenceOf(document.KindBucketPolicy, bucketARN, "", is))
		changes := between(t, snapshotOf(before), snapshotOf(after))
		if len(changes) > 0 {
			t.Fatalf("%q\n%s\n%s", texts(changes), was, is)
		}
	})
}

func TestOrderOfExportsIsNoDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := []scanner.Record{export("a", bucketPolicy(upload)...), export("b"), export("c", bucketPolicy(read)...), export("d")}
		shuffled := rapid.Permutation(records).Draw(t, "order")
		if changes := between(t, snapshotOf(records...), snapshotOf(shuffled...)); len(changes) > 0 {
			t.Fatalf("%q", texts(changes))
		}
	})
}

// What is gained one way is lost the other way.
func TestBackIsTheOtherWayRound(t *testing.T) {
	mirror := map[scanner.Effect]scanner.Effect{
		scanner.EffectWidened: scanner.EffectNarrowed, scanner.EffectNarrowed: scanner.EffectWidened, scanner.EffectMixed: scanner.EffectMixed,
	}
	rapid.Check(t, func(t *rapid.T) {
		record := func() scanner.Record {
			text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": anyPolicy(t)}, json.Deterministic(true))
			if err != nil {
				t.Fatal(err)
			}
			return export("a", evidenceOf(document.KindBucketPolicy, bucketARN, "", string(text)))
		}
		one, two := record(), record()
		there, back := between(t, snapshotOf(one), snapshotOf(two)), between(t, snapshotOf(two), snapshotOf(one))
		if len(there) != len(back) || len(there) > 1 {
			t.Fatalf("there %q, back %q", texts(there), texts(back))
		}
		if len(there) == 1 && mirror[there[0].Effect] != back[0].Effect {
			t.Fatalf("there %q, back %q", texts(there), texts(back))
		}
	})
}

// FuzzDocuments: whatever two documents of a kind hold, comparing them ends,
// equal ones give nothing, and different ones a change with a message.
func FuzzDocuments(f *testing.F) {
	kinds := []document.Kind{
		document.KindBucket, document.KindBucketOwner, document.KindBucketPolicy, document.KindPublicAccessBlock, document.KindEncryption,
		document.KindVersioning, document.KindObjectLock, document.KindLifecycle, document.KindOwnership, document.KindACL, document.KindAccessLog,
		document.KindRole, document.KindUser, document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy, document.KindBoundary,
		document.KindKey, document.KindKeyPolicy, document.KindKeyRotation, document.KindKeyGrants, document.KindTrails, document.KindTrailStatus, document.KindEventSelectors,
		document.KindEventDataStores, document.KindEventDataStore,
	}
	for i := range kinds {
		f.Add(uint8(i), `{"Statement":[{"Effect":"Allow"}],"Rules":[{"Status":"Enabled"}]}`, policyOf(upload, plain))
		f.Add(uint8(i), "", `{"Statement":{}}`)
	}
	f.Fuzz(func(t *testing.T, kind uint8, was, is string) {
		k := kinds[int(kind)%len(kinds)]
		list := evidenceOf(document.KindIdentityPolicies, roleARN, "", `{"Policies":["x"]}`)
		before, after := export("a", evidenceOf(k, roleARN, "x", was), list), export("a", evidenceOf(k, roleARN, "x", is), list)
		if changes := between(t, snapshotOf(before), snapshotOf(before)); len(changes) > 0 {
			t.Errorf("equal documents differ: %q", texts(changes))
		}
		for _, change := range between(t, snapshotOf(before), snapshotOf(after)) {
			if change.Message == "" || change.Effect == "" || was == is {
				t.Errorf("change %+v", change)
			}
		}
	})
}
