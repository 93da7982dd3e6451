package fix

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// statement is one of a policy, its members in the order in which people read them.
type statement struct {
	Sid       string                    `json:"Sid,omitempty"`
	Effect    string                    `json:"Effect"`
	Principal any                       `json:"Principal,omitempty"`
	Action    any                       `json:"Action"`
	Resource  any                       `json:"Resource"`
	Condition map[string]map[string]any `json:"Condition,omitempty"`
}

func denyPlainHTTP(c *Case) []Proposal {
	bucket := bucketARN(c.Record)
	t, ok := open(c.Record, document.KindBucketPolicy, "", "")
	if !ok || bucket == "" {
		return nil
	}
	return t.add(statement{
		Sid: t.sid("DenyPlainHTTP"), Effect: "Deny", Principal: "*", Action: "s3:*", Resource: []string{bucket, bucket + "/*"},
		Condition: map[string]map[string]any{"Bool": {"aws:SecureTransport": "false"}},
	})
}

// confineWriters lets nobody write and delete but the writers of every export to the
// path, and whoever the operator named.
func confineWriters(c *Case) []Proposal {
	bucket := bucketARN(c.Record)
	t, ok := open(c.Record, document.KindBucketPolicy, "", "")
	if !ok || bucket == "" {
		return nil
	}
	spared := map[string]bool{}
	for _, arn := range c.Settings.Expect[c.Finding.Tenant].BreakGlass {
		spared[arn] = true
	}
	for _, r := range c.Neighbours {
		if bucketARN(r) != bucket {
			continue
		}
		arn := writer(r)
		if arn == "" {
			return nil // it would be locked out
		}
		spared[arn] = true
	}
	return t.add(statement{
		Sid: t.sid("NobodyElseWrites"), Effect: "Deny", Principal: "*",
		Action:    []string{"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"},
		Resource:  bucket + "/" + c.Record.Configuration.Prefix() + "*",
		Condition: map[string]map[string]any{"ArnNotEquals": {"aws:PrincipalArn": slices.Sorted(maps.Keys(spared))}},
	})
}

// allowUpload lets the writer upload under the export's path, by a policy of its own
// that it has already, or by a new one.
func allowUpload(c *Case) []Proposal {
	bucket, who := bucketARN(c.Record), writer(c.Record)
	if bucket == "" || who == "" {
		return nil
	}
	grant := statement{
		Sid: "WriteTheTrail", Effect: "Allow", Action: "s3:PutObject",
		Resource: bucket + "/" + c.Record.Configuration.Prefix() + "*",
	}
	var found []Proposal
	for i := range c.Record.Evidence {
		e := &c.Record.Evidence[i]
		if e.Kind != document.KindIdentityPolicy || !strings.HasPrefix(e.Name, "inline/") || e.Resource != who {
			continue
		}
		if t, ok := open(c.Record, e.Kind, e.Resource, e.Name); ok {
			grant.Sid = t.sid("WriteTheTrail")
			found = append(found, t.add(grant)...)
		}
	}
	if len(found) == 0 {
		fresh := &target{kind: document.KindIdentityPolicy, resource: who, name: "inline/write-the-trail"}
		found = fresh.add(grant)
	}
	return granting(found)
}

// allowUploadByBucket does by the bucket policy what allowUpload does: a bucket of
// another account demands both.
func allowUploadByBucket(c *Case) []Proposal {
	bucket, who := bucketARN(c.Record), writer(c.Record)
	t, ok := open(c.Record, document.KindBucketPolicy, "", "")
	if !ok || bucket == "" || who == "" {
		return nil
	}
	found := t.add(statement{
		Sid: t.sid("WriteTheTrail"), Effect: "Allow", Principal: map[string]string{"AWS": who}, Action: "s3:PutObject",
		Resource: bucket + "/" + c.Record.Configuration.Prefix() + "*",
	})
	return granting(found)
}

// allowKey lets the writer encrypt with the bucket's key, by the key's policy.
func allowKey(c *Case) []Proposal {
	who := writer(c.Record)
	t, ok := open(c.Record, document.KindKeyPolicy, "", "")
	if !ok || who == "" || t.before == "" {
		return nil
	}
	var found []Proposal
	// Uploads in parts decrypt, too; whether Immuta's come in parts, the rule knows.
	for _, actions := range []any{"kms:GenerateDataKey", []string{"kms:GenerateDataKey", "kms:Decrypt"}} {
		found = append(found, t.add(statement{
			Sid: t.sid("EncryptTheTrail"), Effect: "Allow", Principal: map[string]string{"AWS": who}, Action: actions, Resource: "*",
		})...)
	}
	return granting(found)
}

// sid is a name that no statement has yet.
func (t *target) sid(name string) string {
	used := map[any]bool{}
	for _, s := range t.statements() {
		used[s["Sid"]] = true
	}
	if !used[name] {
		return name
	}
	for i := 2; ; i++ {
		if next := name + strconv.Itoa(i); !used[next] {
			return next
		}
	}
}

// statements are those of a policy by pointer.
func (t *target) statements() map[string]map[string]any {
	found := map[string]map[string]any{}
	switch list := t.value["Statement"].(type) {
	case map[string]any:
		found["/Statement"] = list
	case []any:
		for i, entry := range list {
			if s, ok := entry.(map[string]any); ok {
				found["/Statement/"+strconv.Itoa(i)] = s
			}
		}
	}
	return found
}
