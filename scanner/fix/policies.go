package fix

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

const (
	allow, deny  = "Allow", "Deny"
	everything   = "*"
	putObject    = "s3:PutObject"     // what the writer does
	principalARN = "aws:PrincipalArn" // the key of who asks
)

// statement is one of a policy, its members in the order in which people read them.
type statement struct {
	Sid       string                    `json:"Sid,omitempty"`
	Effect    string                    `json:"Effect"`
	Principal any                       `json:"Principal,omitempty"`
	Action    any                       `json:"Action"`
	Resource  any                       `json:"Resource,omitempty"` // a trust policy has none
	Condition map[string]map[string]any `json:"Condition,omitempty"`
}

// aws is a principal of AWS as policies name it.
func aws(arns ...string) any {
	if len(arns) == 1 {
		return map[string]string{"AWS": arns[0]}
	}
	return map[string][]string{"AWS": arns}
}

// uploads are the objects that the export writes; empty: its bucket is not known.
func (c *Case) uploads() string {
	bucket := bucketARN(c.Record)
	if bucket == "" {
		return ""
	}
	return bucket + "/" + c.Record.Configuration.Prefix() + "*"
}

func denyPlainHTTP(c *Case) []Change {
	bucket := bucketARN(c.Record)
	t, ok := open(c.Record, document.KindBucketPolicy, "", "")
	if !ok || bucket == "" {
		return nil
	}
	return t.add(statement{
		Sid: t.sid("DenyPlainHTTP"), Effect: deny, Principal: everything, Action: "s3:*", Resource: []string{bucket, bucket + "/*"},
		Condition: map[string]map[string]any{"Bool": {"aws:SecureTransport": "false"}},
	})
}

// confineWriters lets nobody write and delete but the writers of every export to the
// path, and whoever the operator named.
func confineWriters(c *Case) []Change {
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
	found := t.add(statement{
		Sid: t.sid("NobodyElseWrites"), Effect: deny, Principal: everything,
		Action:    []string{putObject, "s3:DeleteObject", "s3:DeleteObjectVersion"},
		Resource:  c.uploads(),
		Condition: map[string]map[string]any{"ArnNotEquals": {principalARN: slices.Sorted(maps.Keys(spared))}},
	})
	for i := range found {
		found[i].Warnings = append(found[i].Warnings, "nobody else writes or deletes there any more, administrators neither: "+
			"name those who must in expect.breakGlass first")
	}
	return found
}

// denyBypass keeps whoever may from ending a retention in GOVERNANCE mode early.
func denyBypass(c *Case) []Change {
	bucket := bucketARN(c.Record)
	t, ok := open(c.Record, document.KindBucketPolicy, "", "")
	if !ok || bucket == "" {
		return nil
	}
	s := statement{
		Sid: t.sid("RetentionStays"), Effect: deny, Principal: everything, Action: "s3:BypassGovernanceRetention", Resource: bucket + "/*",
	}
	if glass := c.Settings.Expect[c.Finding.Tenant].BreakGlass; len(glass) > 0 {
		s.Condition = map[string]map[string]any{"ArnNotEquals": {principalARN: glass}}
	}
	return t.add(s)
}

// allowUpload lets the writer upload under the export's path, by a policy of its own.
func allowUpload(c *Case) []Change {
	target := c.uploads()
	if target == "" {
		return nil
	}
	return c.byIdentity("write-the-trail", statement{Sid: "WriteTheTrail", Effect: allow, Action: putObject, Resource: target})
}

// allowUploadByBucket does by the bucket policy what allowUpload does: a bucket of
// another account demands both.
func allowUploadByBucket(c *Case) []Change {
	who, target := writer(c.Record), c.uploads()
	t, ok := open(c.Record, document.KindBucketPolicy, "", "")
	if !ok || target == "" || who == "" {
		return nil
	}
	return t.grant(statement{Sid: "WriteTheTrail", Effect: allow, Principal: aws(who), Action: putObject, Resource: target})
}

// keyUses are what the writer may lack of a key. Uploads in parts decrypt, too; whether
// Immuta's come in parts, the rules know.
func keyUses() []any {
	return []any{"kms:GenerateDataKey", "kms:Decrypt", []string{"kms:GenerateDataKey", "kms:Decrypt"}}
}

// allowKey lets the writer encrypt with the bucket's key, by the key's policy.
func allowKey(c *Case) []Change {
	who := writer(c.Record)
	t, ok := open(c.Record, document.KindKeyPolicy, "", "")
	if !ok || who == "" || t.before == "" {
		return nil
	}
	var found []Change
	for _, uses := range keyUses() {
		found = append(found, t.grant(statement{Sid: "EncryptTheTrail", Effect: allow, Principal: aws(who), Action: uses, Resource: everything})...)
	}
	return found
}

// allowKeyByIdentity does by a policy of the writer what allowKey does: a key of another
// account demands both.
func allowKeyByIdentity(c *Case) []Change {
	key, ok := c.Record.Find(document.KindKey, "", "")
	if !ok || key.Absent {
		return nil
	}
	var found []Change
	for _, uses := range keyUses() {
		found = append(found, c.byIdentity("encrypt-the-trail", statement{Sid: "EncryptTheTrail", Effect: allow, Action: uses, Resource: key.Resource})...)
	}
	return found
}

// byIdentity grants something to the writer, by a policy of its own that it has
// already, or by a new one.
func (c *Case) byIdentity(fresh string, s statement) []Change {
	who := writer(c.Record)
	if who == "" {
		return nil
	}
	var found []Change
	for i := range c.Record.Evidence {
		e := &c.Record.Evidence[i]
		if e.Kind != document.KindIdentityPolicy || !strings.HasPrefix(e.Name, "inline/") || e.Resource != who {
			continue
		}
		if t, ok := open(c.Record, e.Kind, e.Resource, e.Name); ok {
			found = append(found, t.grant(s)...)
		}
	}
	if len(found) == 0 {
		found = (&target{kind: document.KindIdentityPolicy, resource: who, name: "inline/" + fresh}).grant(s)
	}
	return found
}

// grant adds a statement that allows, and means to.
func (t *target) grant(s statement) []Change {
	meant := s
	meant.Effect, meant.Sid = deny, ""
	s.Sid = t.sid(s.Sid)
	return meaning(t.add(s), meant)
}

// meaning says of changes what they mean to allow.
func meaning(changes []Change, meant ...statement) []Change {
	for i := range changes {
		changes[i].meant = meant
	}
	return changes
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
