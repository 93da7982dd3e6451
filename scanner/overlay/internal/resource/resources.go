package resource

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// BucketTags is the type of the tags of a bucket by themselves, which Terraform does not
// have.
const BucketTags = "aws_s3_bucket_tags"

// documents returns what tells the documents of a type of resource; nil: resources
// of the type have none that a snapshot holds.
func (r *Reader) documents(typ string) func(Values) []doc {
	if of, ok := r.settings()[typ]; ok {
		return of
	}
	switch typ {
	case "aws_s3_bucket":
		return r.s3Bucket
	case BucketTags:
		return func(v Values) []doc { return bucketTags(v, r.bucket(v, "bucket")) }
	case "aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key":
		return r.kmsKey
	case "aws_kms_key_policy":
		return func(v Values) []doc {
			return []doc{doc{kind: document.KindKeyPolicy, of: keyTarget(v.text("key_id"))}.policy(v, "policy")}
		}
	case "aws_kms_grant":
		return kmsGrant
	case "aws_kms_alias":
		return func(v Values) []doc {
			return []doc{{of: keyTarget(v.text("arn")), why: "the plan changes which key the alias means"}}
		}
	case "aws_organizations_policy":
		return controlPolicy
	case "aws_organizations_account":
		return accountsPlace
	case "aws_organizations_organization":
		return func(v Values) []doc {
			d := doc{kind: document.KindOrganization, of: everyLevel("the organization"), opaque: true}
			d.text, d.why = v.all("enabled_policy_types")
			return []doc{d}
		}
	case "aws_organizations_policy_attachment":
		return func(v Values) []doc {
			return []doc{{of: level(v.text("target_id")), why: "the plan changes its control policies"}}
		}
	}
	if of := r.iamDocuments(typ); of != nil {
		return of
	}
	return r.unforeseen(typ)
}

// unforeseen are the documents of a resource that this package does not know: all of
// the bucket, role, user or key that it names.
func (r *Reader) unforeseen(typ string) func(Values) []doc {
	if harmless(typ) {
		return nil
	}
	said := typ
	if _, name, other := strings.Cut(typ, "_AWS::"); other {
		said = "AWS::" + name
	}
	why := "the plan changes its " + said + ", and what that does is not foreseen here"
	switch {
	case strings.HasPrefix(typ, "aws_s3_"), strings.HasPrefix(typ, "awscc_s3_"):
		return func(v Values) []doc {
			return []doc{{of: r.bucket(v, "bucket"), why: why}, {of: r.bucket(v, "bucket_name"), why: why}}
		}
	case strings.HasPrefix(typ, "aws_iam_"), strings.HasPrefix(typ, "awscc_iam_"):
		return func(v Values) []doc {
			return []doc{
				{of: r.principal(v, "aws_iam_role", "role"), why: why},
				{of: r.principal(v, "aws_iam_role", "role_name"), why: why},
				{of: r.principal(v, "aws_iam_user", "user"), why: why},
				{of: r.principal(v, "aws_iam_user", "user_name"), why: why},
			}
		}
	case strings.HasPrefix(typ, "awscc_kms_"):
		return func(v Values) []doc { return []doc{{of: keyTarget(v.text("key_id")), why: why}} }
	}
	return nil
}

// harmless resources of a bucket or key change no document that is read.
func harmless(typ string) bool {
	return slices.Contains([]string{
		"aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy", "aws_s3_bucket_notification", "aws_s3_bucket_metric",
		"aws_s3_bucket_inventory", "aws_s3_bucket_analytics_configuration", "aws_s3_bucket_cors_configuration",
		"aws_s3_bucket_website_configuration", "aws_s3_bucket_accelerate_configuration", "aws_s3_bucket_intelligent_tiering_configuration",
		"aws_s3_bucket_metadata_configuration", "aws_s3_access_point", "aws_iam_user_login_profile", "aws_iam_user_ssh_key", "aws_iam_instance_profile",
	}, typ)
}

// policy completes a document whose text is one attribute.
func (d doc) policy(v Values, name string) doc {
	a := v.text(name)
	d.text, d.why = a.text, a.why(name)
	if a.state == absent {
		d.why = "the plan does not tell its " + name
	}
	return d
}

// bucket is the target that an attribute names. The name of one that is known after
// apply is that of a new bucket, which no snapshot holds.
func (r *Reader) bucket(v Values, name string) target {
	a := v.text(name)
	if a.state != known {
		return target{}
	}
	return target{name: a.text, why: uncertain(a.text), is: func(resource string) bool {
		parsed, ok := iam.ParseARN(resource)
		name, _, _ := strings.Cut(parsed.Resource, "/") // what follows are its objects
		return ok && parsed.Service == "s3" && overlay.Like(a.text, name)
	}}
}

// uncertain is why it is not certain who is meant by a name; empty: it is.
func uncertain(name string) string {
	if strings.Contains(name, "*") {
		return "which one it is that is called " + name + " is not told"
	}
	return ""
}

// principal is the role or user whose name an attribute gives. Names are of one
// account: where the plan does not tell which, it is not certain who is meant.
func (r *Reader) principal(v Values, typ, attribute string) target {
	a := v.text(attribute)
	if a.state != known {
		return target{}
	}
	if own := v.text("arn"); attribute == "name" && own.state == known {
		return exactly(own.text)
	}
	return r.called(typ, a.text)
}

func exactly(arn string) target {
	return target{name: arn, is: func(resource string) bool { return resource == arn }}
}

// called is the role or user of a name.
func (r *Reader) called(typ, name string) target {
	if arn := r.arns[named{typ, name}]; arn != "" {
		return exactly(arn)
	}
	kind := strings.TrimPrefix(typ, "aws_iam_")
	of := target{name: kind + " " + name, is: func(resource string) bool {
		parsed, ok := iam.ParseARN(resource)
		return ok && parsed.Service == "iam" && strings.HasPrefix(parsed.Resource, kind+"/") &&
			overlay.Like(name, parsed.Resource[strings.LastIndex(parsed.Resource, "/")+1:]) && (r.account == "" || parsed.Account == r.account)
	}}
	if of.why = uncertain(name); of.why == "" && r.account == "" {
		of.why = "the plan does not tell in which account the " + of.name + " is"
	}
	return of
}

// keyTarget is the key of an ARN or id.
func keyTarget(a attribute) target {
	if a.state != known {
		return target{}
	}
	return target{name: a.text, why: uncertain(a.text), is: func(resource string) bool {
		if uncertain(a.text) != "" {
			return strings.Contains(resource, ":kms:")
		}
		if strings.HasPrefix(a.text, "alias/") {
			return strings.HasSuffix(resource, ":"+a.text)
		}
		return resource == a.text || strings.Contains(resource, ":kms:") && strings.HasSuffix(resource, ":key/"+a.text)
	}}
}

// level is the root, unit or account of an organization.
func level(a attribute) target {
	if a.state != known {
		return target{}
	}
	return target{name: a.text, is: func(resource string) bool {
		partition, _, _ := strings.Cut(strings.TrimPrefix(resource, "arn:"), ":")
		return resource == document.LevelResource(partition, a.text)
	}}
}

// controlPolicy is a policy of the organization, wherever it is attached.
func controlPolicy(v Values) []doc {
	id, of := v.text("id"), v.text("type")
	if id.state != known {
		return nil // a new one
	}
	var docs []doc
	for _, t := range document.ControlTypes() {
		if of.state != known || of.text == t.Of {
			docs = append(docs, doc{kind: t.Kind, of: everyLevel(id.text), name: id.text}.policy(v, "content"))
		}
	}
	return docs
}

// everyLevel is the target of what is in force wherever in the organization.
func everyLevel(name string) target {
	return target{name: name, is: func(resource string) bool { return strings.Contains(resource, ":organizations:") }}
}

// accountsPlace is the way from the organization's root to an account.
func accountsPlace(v Values) []doc {
	id := v.text("id")
	if id.state != known {
		return nil // a new one
	}
	d := doc{kind: document.KindOrganizationPath, opaque: true, of: target{name: id.text, is: func(resource string) bool {
		return strings.HasPrefix(resource, "arn:") && strings.HasSuffix(resource, ":iam::"+id.text+":root")
	}}}
	d.text, d.why = v.all("parent_id")
	return []doc{d}
}

// kmsKey are the documents of a key. A destroyed one is scheduled for deletion.
func (r *Reader) kmsKey(v Values) []doc {
	of := keyTarget(v.text("arn"))
	enabled := v.of("is_enabled")
	if enabled.state == absent {
		enabled = v.of("enabled") // of an external or a replica key
	}
	on, _ := enabled.value.(bool)
	state := "Disabled"
	if on || enabled.state == absent {
		state = "Enabled"
	}
	key := doc{kind: document.KindKey, of: of, text: state, why: enabled.why("is_enabled"), edit: keyState(state)}
	key.absence.edit = keyState("PendingDeletion")
	docs := []doc{key}
	if a := v.of("enable_key_rotation"); a.state != absent {
		rotated, _ := a.value.(bool)
		rotation := doc{kind: document.KindKeyRotation, of: of}
		_, rotation.why = v.all("enable_key_rotation", "rotation_period_in_days")
		rotation.text = document.Encode(document.KeyRotation{Enabled: &rotated})
		if days := v.of("rotation_period_in_days"); rotated && days.state == known {
			turns := document.KeyRotation{Enabled: &rotated}
			if !days.into(&turns.PeriodDays) {
				rotation.why = "its rotation_period_in_days is of a form that is not known here"
			}
			rotation.text = document.Encode(turns)
		}
		rotation.absence.text = document.Encode(document.KeyRotation{Enabled: new(bool)}) // of a key that is to be deleted
		docs = append(docs, rotation)
	}
	if a := v.text("policy"); a.state != absent {
		docs = append(docs, doc{kind: document.KindKeyPolicy, of: of}.policy(v, "policy"))
	}
	return docs
}

// keyState edits what KMS tells of a key.
func keyState(state string) func(string) (edited, why string) {
	return editing("what is told of the key cannot be read", func(key *document.Key) (why string) {
		key.Metadata.KeyState, key.Metadata.Enabled = state, state == "Enabled"
		return ""
	})
}
