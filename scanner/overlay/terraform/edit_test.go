package terraform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/terraform"
)

var collected = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

const keyARN = "arn:aws:kms:eu-west-1:111111111111:key/k"

func grantOnKey(more string) string {
	return `{"key_id":"` + keyARN + `","grantee_principal":"arn:aws:iam::111111111111:role/r","operations":["GenerateDataKey","Decrypt"],"constraints":[],` + more + `}`
}

// TestEdits looks at what becomes of documents of which a plan tells a part only.
func TestEdits(t *testing.T) {
	const (
		aclIs    = `{"Owner":{"ID":"o"},"Grants":[{"Grantee":{"ID":"x","Type":"CanonicalUser"},"Permission":"READ"}]}`
		ownerHas = `{"Owner":{"ID":"o"},"Grants":[{"Grantee":{"ID":"o","Type":"CanonicalUser"},"Permission":"FULL_CONTROL"}`
		user     = "arn:aws:iam::111111111111:user/writer"
		keysAre  = `{"AccessKeyMetadata":[{"AccessKeyId":"…AAAA","Status":"Active"},{"AccessKeyId":"…BBBB","Status":"Inactive"}]}`
		roleOf   = "arn:aws:iam::111111111111:role/r"
		roleIs   = `{"Role":{"Path":"/","RoleName":"r","RoleId":"AROA1","Arn":"` + roleOf + `","Tags":[{"Key":"team","Value":"a"}]}}`
		abacOn   = `{"Status":"Enabled","Tags":[{"Key":"team","Value":"a"}]}`
		grantIs  = `{"Grants":[{"GrantId":"g","GranteePrincipal":"arn:aws:iam::111111111111:role/old","Operations":["Decrypt"]}]}`
	)
	public := func(permission string) string {
		return `,{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"` + permission + `"}`
	}
	writer := resource("aws_iam_user", `"update"`, `{"arn":"`+user+`","name":"writer","tags":"a"}`, `{"arn":"`+user+`","name":"writer","tags":"b"}`, "{}")
	acl := func(after, unknown string) string {
		return resource("aws_s3_bucket_acl", `"create"`, "null", `{"bucket":"trail",`+after+`}`, unknown)
	}
	key := func(actions, before, after string) string {
		return resource("aws_iam_access_key", actions, before, after, "{}")
	}
	role := func(before, after, unknown string) string {
		return resource("aws_iam_role", `"update"`, `{"arn":"`+roleOf+`","name":"r","assume_role_policy":"{}",`+before+`}`, `{"arn":"`+roleOf+`","name":"r","assume_role_policy":"{}",`+after+`}`, unknown)
	}
	bucket := func(after, unknown string) string {
		return resource("aws_s3_bucket", `"update"`, `{"bucket":"trail","tags":{"team":"a"}}`, `{"bucket":"trail",`+after+`}`, unknown)
	}
	for name, test := range map[string]struct {
		changes        []string
		kind           document.Kind
		resource, text string
		want           string // empty: a gap
	}{
		"a list by name": {
			[]string{acl(`"acl":"private"`, `{"access_control_policy":true}`)}, document.KindACL, "arn:aws:s3:::trail", aclIs, ownerHas + "]}",
		},
		"a public list by name": {
			[]string{acl(`"acl":"public-read-write"`, "{}")}, document.KindACL, "arn:aws:s3:::trail", aclIs, ownerHas + public("READ") + public("WRITE") + "]}",
		},
		"a list by name over one that nobody understands": {
			[]string{acl(`"acl":"private"`, "{}")}, document.KindACL, "arn:aws:s3:::trail", `{"Grants":"x"}`, "",
		},
		"a list by its grants": {
			[]string{acl(`"access_control_policy":[{"owner":[{"id":"o"}],"grant":[{"permission":"READ","grantee":[{"type":"Group","uri":"http://acs.amazonaws.com/groups/global/AllUsers","id":""}]}]}]`, "{}")},
			document.KindACL, "arn:aws:s3:::trail", aclIs, `{"Owner":{"ID":"o"},"Grants":[` + public("READ")[1:] + `]}`,
		},
		"grants in the bucket itself": {
			[]string{resource("aws_s3_bucket", `"update"`, `{"bucket":"trail","grant":[]}`, `{"bucket":"trail","grant":[{"id":"","type":"Group","uri":"http://acs.amazonaws.com/groups/global/AllUsers","permissions":["WRITE","READ"]}]}`, "{}")},
			document.KindACL, "arn:aws:s3:::trail", aclIs, `{"Owner":{"ID":"o"},"Grants":[` + public("READ")[1:] + public("WRITE") + `]}`,
		},
		"a list that two resources give": {
			[]string{
				resource("aws_s3_bucket", `"update"`, `{"bucket":"trail","acl":"private"}`, `{"bucket":"trail","acl":"public-read"}`, "{}"),
				acl(`"acl":"private"`, "{}"),
			}, document.KindACL, "arn:aws:s3:::trail", aclIs, "",
		},
		"two grants come": {
			[]string{
				resource("aws_kms_grant", `"create"`, "null", grantOnKey(`"name":"one"`), "{}"),
				resource("aws_kms_grant", `"create"`, "null", strings.Replace(grantOnKey(`"name":"two"`), "role/r", "role/s", 1), "{}"),
			},
			document.KindKeyGrants, keyARN, `{"Grants":[]}`,
			`{"Grants":[{"GrantId":"(new)","GranteePrincipal":"arn:aws:iam::111111111111:role/r","Operations":["Decrypt","GenerateDataKey"]},` +
				`{"GrantId":"(new)","GranteePrincipal":"arn:aws:iam::111111111111:role/s","Operations":["Decrypt","GenerateDataKey"]}]}`,
		},
		"a grant for something else than objects": {
			[]string{resource("aws_kms_grant", `"create"`, "null", strings.Replace(grantOnKey(`"name":"one"`), `"constraints":[]`, `"constraints":[{"encryption_context_equals":{"volume":"v"}}]`, 1), "{}")},
			document.KindKeyGrants, keyARN, grantIs, grantIs,
		},
		"a grant ends": {
			[]string{resource("aws_kms_grant", `"delete"`, grantOnKey(`"grant_id":"g"`), "null", "{}")}, document.KindKeyGrants, keyARN, grantIs, `{"Grants":[]}`,
		},
		"a grant is replaced": {
			[]string{resource("aws_kms_grant", `"delete","create"`, grantOnKey(`"grant_id":"g"`), grantOnKey(`"name":"n"`), `{"grant_id":true}`)},
			document.KindKeyGrants, keyARN, grantIs,
			`{"Grants":[{"GrantId":"(new)","GranteePrincipal":"arn:aws:iam::111111111111:role/r","Operations":["Decrypt","GenerateDataKey"]}]}`,
		},
		"an access key is switched off": {
			[]string{writer, key(`"update"`, `{"user":"writer","id":"AKIAXAAAA","status":"Active"}`, `{"user":"writer","id":"AKIAXAAAA","status":"Inactive"}`)},
			document.KindAccessKeys, user, keysAre, strings.Replace(keysAre, "Active", "Inactive", 1),
		},
		"an access key goes": {
			[]string{writer, key(`"delete"`, `{"user":"writer","id":"AKIAXBBBB","status":"Inactive"}`, "null")},
			document.KindAccessKeys, user, keysAre, `{"AccessKeyMetadata":[{"AccessKeyId":"…AAAA","Status":"Active"}]}`,
		},
		"a role's tags": {
			[]string{role(`"tags":{"team":"a"},"tags_all":{"team":"a"}`, `"tags":{"team":"b"},"tags_all":{"team":"b","cost":"7"}`, "{}")},
			document.KindRole, roleOf, roleIs,
			strings.Replace(roleIs, `[{"Key":"team","Value":"a"}]`, `[{"Key":"cost","Value":"7"},{"Key":"team","Value":"b"}]`, 1),
		},
		"a role's tags, which are taken away": {
			[]string{role(`"tags":{"team":"a"},"tags_all":{"team":"a"}`, `"tags":null,"tags_all":{}`, "{}")},
			document.KindRole, roleOf, roleIs,
			strings.Replace(roleIs, `[{"Key":"team","Value":"a"}]`, `[]`, 1),
		},
		"a role's tags, of which one is known after apply": { // a role whose tags nobody kept
			[]string{role(`"tags":{"team":"a"},"tags_all":{"team":"a"}`, `"tags":{"cost":"7"}`, `{"tags":{"team":true},"tags_all":true}`)},
			document.KindRole, roleOf, roleIs,
			strings.Replace(roleIs, `,"Tags":[{"Key":"team","Value":"a"}]`, "", 1),
		},
		"a bucket's tags, by which policies go": {
			[]string{bucket(`"tags":{"team":"b"}`, "{}")}, document.KindBucketABAC, "arn:aws:s3:::trail", abacOn, strings.Replace(abacOn, `"Value":"a"`, `"Value":"b"`, 1),
		},
		"a bucket's tags, by which policies go, known after apply": {
			[]string{bucket(`"tags":null`, `{"tags":true}`)}, document.KindBucketABAC, "arn:aws:s3:::trail", abacOn, "",
		},
		"a bucket's tags, by which no policy goes": {
			[]string{bucket(`"tags":null`, `{"tags":true}`)}, document.KindBucketABAC, "arn:aws:s3:::trail", `{"Status":"Disabled"}`, `{"Status":"Disabled"}`,
		},
		"an access key goes that nobody has seen": {
			[]string{writer, key(`"delete"`, `{"user":"writer","id":"AKIAXCCCC","status":"Active"}`, "null")}, document.KindAccessKeys, user, keysAre, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, edited(t, planOf(test.changes...), test.kind, test.resource, test.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// edited is what a plan makes of a document; empty: it is not known.
func edited(t *testing.T, plan string, kind document.Kind, about, text string) string {
	t.Helper()
	read, err := terraform.Read([]byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	over, err := overlay.New(read.Changes, collected)
	if err != nil {
		t.Fatal(err)
	}
	after, err := over.Apply(&scanner.Record{Evidence: []scanner.Evidence{scanner.NewEvidence(kind, "call", about, "", text, collected)}})
	if err != nil {
		t.Fatal(err)
	}
	e, there := after.Find(kind, about, "")
	_, gap := after.FindGap(kind, about, "")
	switch {
	case there && !gap:
		return e.Text
	case there || !gap:
		t.Fatalf("there is a document: %t, a gap: %t", there, gap)
	}
	return ""
}
