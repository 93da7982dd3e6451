package keys_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam/keys"
)

const document = "../../../docs/conditions.md"

var update = flag.Bool("update", false, "write docs/conditions.md from the table")

// TestConditionsDocument keeps docs/conditions.md what the table says; with
// -update it writes it.
func TestConditionsDocument(t *testing.T) {
	want := render()
	if *update {
		if err := os.WriteFile(document, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/conditions.md is not what the table says: run go test ./scanner/iam/keys -run TestConditionsDocument -args -update")
	}
}

var columns = []struct {
	title string
	cell  func(*keys.Key) string
}{
	{"Upload by the role's session", of(keys.RoleUpload)},
	{"Upload by a user's access key", of(keys.UserUpload)},
	{"KMS, asked by S3 for an upload", keyUse},
	{"Immuta assumes the role", of(keys.Assume)},
	{"Anybody with an AWS account", of(keys.Signed)},
	{"Anybody without one", of(keys.Unsigned)},
	{"An AWS service in its own name", of(keys.Service)},
	{"An identity provider's user", of(keys.Provider)},
}

func of(kind keys.Kind) func(*keys.Key) string {
	return func(k *keys.Key) string { return text(k, kind) }
}

func keyUse(k *keys.Key) string {
	role, user := text(k, keys.RoleKeyUse), text(k, keys.UserKeyUse)
	if role == user {
		return role
	}
	return role + "; for a user " + user
}

func text(k *keys.Key, kind keys.Kind) string {
	c, suffix := k.Of(kind), ""
	if k.DeclaredIn(kind) {
		suffix = " (D)"
	}
	switch c.State {
	case keys.Absent:
		return "absent"
	case keys.Present:
		return "present" + suffix
	case keys.Fixed:
		return "`" + c.Values[0] + "`"
	case keys.OneOf:
		var values []string
		for _, v := range c.Values {
			if v == "" {
				values = append(values, "absent")
				continue
			}
			values = append(values, "`"+v+"`")
		}
		return strings.Join(values, " or ") + suffix
	case keys.Given:
		return c.Values[0]
	case keys.Now:
		return "now"
	default:
		return "open" + suffix
	}
}

func render() []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from scanner/iam/keys by: go test ./scanner/iam/keys -run TestConditionsDocument -args -update -->

# Condition keys

What is taken for known of a request when policies are asked. AWS's documents say which requests have a key; a key
is *open*, absent or of any value, wherever a request that nobody has seen could hold another value. Where an open
key decides, the answer is unknown and names it. A key that this table does not list is open everywhere.

- **(D)** The operator may declare it, in ` + "`expect.requests`" + ` for Immuta's uploads and for what S3 asks of KMS for them, in
  ` + "`expect.assumeRequests`" + ` for its requests to assume the role. The value ` + "`absent`" + ` declares that they never have the key. A
  declared value decides as a known one does, and the report says that it was declared.
- ` + "`expect.organization`" + ` declares the organization of the account of the role or user that uploads. It is ` + "`aws:PrincipalOrgID`" + ` of
  the uploads, and ` + "`aws:ResourceOrgID`" + ` of a bucket or key in that account and of the role. Immuta assumes the role from an
  account of its own, whose organization this does not tell; only a caller in the role's account shares it. To the bucket
  other accounts of the organization are strangers all the same; a service that acts for it alone is none.
  Where Organizations is read, these keys and those of the paths go by what it says, and not by what is declared.
- The tags of the role or user that uploads are its ` + "`aws:PrincipalTag/…`" + `, unless its trust policy allows ` + "`sts:TagSession`" + `. The bucket's
  tags are ` + "`aws:ResourceTag/…`" + ` and ` + "`s3:BucketTag/…`" + ` of requests on it where access control by tags is on, and absent where it is off. What
  these documents tell nobody can declare otherwise.
- Immuta is taken to upload with an AWS SDK: over TLS, signed in the header with version 4. It has no field for a customer's
  key (SSE-C), a grantee, a public canned ACL, a copy or a redirect, so that it sends none of them. It assumes its role by
  ` + "`sts:AssumeRole`" + `, as a program, without MFA.
- A request has the keys of its own service alone: an upload has none of ` + "`kms:`" + ` and ` + "`sts:`" + `.

| Key |`)
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(columns)) + "|\n")
	rows := keys.All()
	for i := range rows {
		k := &rows[i]
		name := k.Name
		if strings.HasSuffix(name, "/") || strings.HasSuffix(name, ":") {
			name += "…"
		}
		if k.List {
			fmt.Fprintf(&b, "| `%s` (list) |", name)
		} else {
			fmt.Fprintf(&b, "| `%s` |", name)
		}
		for _, c := range columns {
			b.WriteString(" " + c.cell(k) + " |")
		}
		b.WriteString("\n")
	}
	return b.Bytes()
}
