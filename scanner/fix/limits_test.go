package fix_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/fix"
)

const key = "arn:aws:kms:eu-west-1:111111111111:key/k"

// filled is a policy of some length with a statement at its end.
func filled(size int, last string) string {
	fill := strings.Replace(other, "s3:DeleteObject", strings.Repeat("x", size-len(policy(other, last))+len("s3:DeleteObject")), 1)
	return policy(strings.Replace(fill, "DenyPlainHTTP", "DenyFillingUp", 1), last)
}

// What AWS would not store is not proposed, and what it stores on a condition says so.
func TestDocumentsFit(t *testing.T) {
	const grant = `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}`
	const trust = `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole"}`
	const user = "arn:aws:iam::111111111111:user/writer"
	for name, test := range map[string]struct {
		rule      string
		documents [][4]string
		proposals int
		warning   string
	}{
		"a bucket policy with room":        {"tls_required", [][4]string{{"bucket_policy", bucket, "", filled(16000, allow)}}, 1, ""},
		"one that fits without spaces":     {"tls_required", [][4]string{{"bucket_policy", bucket, "", filled(20150, allow)}}, 1, "without its white space"},
		"a full bucket policy":             {"tls_required", [][4]string{{"bucket_policy", bucket, "", filled(20400, allow)}}, 0, ""},
		"a trust policy with room":         {"external_id_required", [][4]string{{"trust_policy", role, "", filled(1800, trust)}}, 2, ""},
		"one that wants a larger quota":    {"external_id_required", [][4]string{{"trust_policy", role, "", filled(2040, trust)}}, 2, "2,048"},
		"a full trust policy":              {"external_id_required", [][4]string{{"trust_policy", role, "", filled(8180, trust)}}, 0, ""},
		"a full key policy":                {"key_usable", [][4]string{{"key_policy", key, "", filled(32700, allow)}}, 0, ""},
		"inline policies of a role":        {"put_object_granted", [][4]string{{"identity_policies", role, "", "{}"}, {"identity_policy", role, "inline/a", filled(5000, grant)}, {"identity_policy", role, "inline/b", filled(5000, grant)}}, 2, ""},
		"full inline policies of a role":   {"put_object_granted", [][4]string{{"identity_policies", role, "", "{}"}, {"identity_policy", role, "inline/a", filled(5200, grant)}, {"identity_policy", role, "inline/b", filled(5000, grant)}}, 0, ""},
		"inline policies of another, full": {"put_object_granted", [][4]string{{"identity_policies", role, "", "{}"}, {"identity_policy", role, "inline/a", filled(5200, grant)}, {"identity_policy", user, "inline/b", filled(5000, grant)}}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := propose(test.rule, with(test.documents...))
			if len(p) != test.proposals {
				t.Fatalf("%d proposals, want %d", len(p), test.proposals)
			}
			if len(p) > 0 && !strings.Contains(strings.Join(p[0].Warnings, ";"), test.warning) || len(p) > 0 && test.warning == "" && len(p[0].Warnings) > 0 {
				t.Errorf("it warns of %q, want %q", p[0].Warnings, test.warning)
			}
		})
	}
}

// A key that nobody can administer is lost with its policy.
func TestSomebodyMayChangeAKeysPolicy(t *testing.T) {
	root := `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"}`
	stale := `{"Sid":"Gone","Effect":"Allow","Principal":{"AWS":"AROA1234567890EXAMPLE"},"Action":"kms:*","Resource":"*"}`
	for at, want := range []int{0, 1} {
		p := propose("principals_exist", with([4]string{"key_policy", key, "", policy(root, stale)}), fmt.Sprint("/Statement/", at))
		if len(p) != want {
			t.Errorf("without statement %d there are %d proposals, want %d", at, len(p), want)
		}
	}
}

// A policy that nobody but the root user can change again is shown with that.
func TestABucketPolicyThatLocksOutWarns(t *testing.T) {
	shut := `{"Effect":"Deny","Principal":"*","Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::trail"}`
	for statement, want := range map[string]bool{shut: true, other: false} {
		p := propose("tls_required", with([4]string{"bucket_policy", bucket, "", policy(allow, statement)}))
		if len(p) != 1 || strings.Contains(strings.Join(p[0].Warnings, ";"), "only the root user") != want {
			t.Errorf("proposals are %+v", p)
		}
	}
}

// The writer is taken out of a Deny for what it does and nothing else, wherever that can
// be said: the other actions, and the same elsewhere, stay denied to it.
func TestSparingSaysNoMoreThanIsMeant(t *testing.T) {
	const target = "arn:aws:s3:::trail/audit/*"
	deny := func(action, resource string) string {
		return fmt.Sprintf(`{"Sid":"Shut","Effect":"Deny","Principal":"*","Action":%s,"Resource":%s,"Condition":{"StringNotEquals":{"aws:PrincipalArn":"x"}}}`, action, resource)
	}
	for name, test := range map[string]struct {
		statement string
		parts     []string // of the fullest proposal
	}{
		"that alone":         {deny(`"s3:PutObject"`, `"`+target+`"`), nil},
		"of several actions": {deny(`["s3:PutObject","s3:DeleteObject"]`, `"`+target+`"`), []string{`"Action":"s3:DeleteObject"`}},
		"of all":             {deny(`"s3:*"`, `["arn:aws:s3:::trail","arn:aws:s3:::trail/*"]`), []string{`"NotAction":"s3:PutObject"`, `"NotResource":"` + target + `"`}},
		"of several places":  {deny(`"s3:PutObject"`, `["`+target+`","arn:aws:s3:::trail/b/*"]`), []string{`"Resource":"arn:aws:s3:::trail/b/*"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var fullest fix.Change
			for _, p := range propose("put_object_granted", with([4]string{"bucket_policy", bucket, "", policy(allow, test.statement)}), "/Statement/1") {
				if p.Kind == "bucket_policy" && strings.Contains(p.Document, "ArnNotEquals") && len(p.Document) > len(fullest.Document) {
					fullest = p
				}
			}
			text := short(fullest.Document)
			for _, part := range append(test.parts, `"ArnNotEquals":{"aws:PrincipalArn":"`+role+`"}`) {
				if !strings.Contains(text, part) {
					t.Errorf("it lacks %s: %s", part, text)
				}
			}
			if n := strings.Count(text, `"Effect":"Deny"`); n != len(test.parts)+1 {
				t.Errorf("%d statements deny, want %d: %s", n, len(test.parts)+1, text)
			}
		})
	}
}
