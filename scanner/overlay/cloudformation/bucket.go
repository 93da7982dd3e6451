package cloudformation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/overlay/internal/resource"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// harmless are the properties of a bucket that change no document.
var harmless = []string{
	"BucketName", "NotificationConfiguration", "CorsConfiguration", "WebsiteConfiguration", "MetricsConfigurations",
	"InventoryConfigurations", "AnalyticsConfigurations", "IntelligentTieringConfigurations", "AccelerateConfiguration",
	"MetadataConfiguration", "MetadataTableConfiguration",
}

// attributesOf are the attributes that tell settings of buckets.
var attributesOf = []string{
	"block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets", "versioning_configuration", "rule",
	"object_lock_enabled", "target_bucket", "target_prefix", "role", "acl",
}

// setting is a property of a bucket that is a resource of its own to Terraform.
type setting struct {
	property, typ string
	translate     func(v, bucket value) map[string]value
}

// settings lists them.
func settings() []setting {
	of := func(translate func(value) map[string]value) func(v, _ value) map[string]value {
		return func(v, _ value) map[string]value { return translate(v) }
	}
	return []setting{
		{"PublicAccessBlockConfiguration", "aws_s3_bucket_public_access_block", of(func(v value) map[string]value {
			return map[string]value{
				"block_public_acls": v.at("BlockPublicAcls").bool(), "ignore_public_acls": v.at("IgnorePublicAcls").bool(),
				"block_public_policy": v.at("BlockPublicPolicy").bool(), "restrict_public_buckets": v.at("RestrictPublicBuckets").bool(),
			}
		})},
		{"VersioningConfiguration", "aws_s3_bucket_versioning", of(func(v value) map[string]value {
			return map[string]value{"versioning_configuration": block(map[string]value{"status": v.at("Status")})}
		})},
		{"BucketEncryption", "aws_s3_bucket_server_side_encryption_configuration", of(encryption)},
		{"OwnershipControls", "aws_s3_bucket_ownership_controls", of(func(v value) map[string]value {
			return map[string]value{"rule": v.at("Rules").each(func(rule value) value {
				return fieldsOf(map[string]value{"object_ownership": rule.at("ObjectOwnership")})
			})}
		})},
		{"ObjectLockConfiguration", "aws_s3_bucket_object_lock_configuration", of(objectLock)},
		{"LoggingConfiguration", "aws_s3_bucket_logging", func(v, bucket value) map[string]value {
			target := v.at("DestinationBucketName")
			if target.none {
				target = bucket
			}
			return map[string]value{"target_bucket": target, "target_prefix": v.at("LogFilePrefix")}
		}},
		{"LifecycleConfiguration", "aws_s3_bucket_lifecycle_configuration", of(lifecycle)},
		{"ReplicationConfiguration", "aws_s3_bucket_replication_configuration", of(replication)},
		{"AccessControl", "aws_s3_bucket_acl", of(canned)},
	}
}

// bucket are the settings of a bucket. What the template does not mention stays as it
// is; for a property that is not known here everything about the bucket is unknown.
func (m *making) bucket(properties map[string]*yamlfile.Node) {
	name := m.t.name(m.id)
	known := append([]string{"ObjectLockEnabled", "Tags"}, harmless...)
	for _, s := range settings() {
		known = append(known, s.property)
		v := m.t.eval(properties[s.property])
		if v.none {
			continue
		}
		a := newAttributes().meant("bucket", name)
		for attribute, of := range s.translate(v, name) {
			a.set(attribute, of)
		}
		if v.unknown || v.secret { // in a part, which may be any
			for _, attribute := range attributesOf {
				a.set(attribute, value{unknown: v.unknown, secret: v.secret})
			}
		}
		m.add(s.typ, a)
	}
	if tags := m.t.eval(properties["Tags"]); !tags.none {
		m.add(resource.BucketTags, newAttributes().meant("bucket", name).set(resource.TagsAdded, tags.tags()))
	}
	for property := range properties {
		if !slices.Contains(known, property) {
			m.add("awscc_s3_AWS::S3::Bucket", newAttributes().meant("bucket", name))
			return
		}
	}
}

// canned is an access control list by name, in S3's own spelling: "PublicRead" is
// "public-read".
func canned(v value) map[string]value {
	var name strings.Builder
	for i, c := range v.text() {
		if i > 0 && c >= 'A' && c <= 'Z' {
			name.WriteByte('-')
		}
		name.WriteRune(c)
	}
	return map[string]value{"acl": {v: strings.ToLower(name.String())}}
}

// lifecycle puts rules into the provider's words. A property that has none there keeps
// its own name, which the provider does not know, so that the rules are unknown.
func lifecycle(v value) map[string]value {
	return map[string]value{"rule": v.at("Rules").each(func(rule value) value {
		of, _ := rule.v.(map[string]any)
		out, expiration, noncurrent := map[string]value{}, map[string]value{}, map[string]value{}
		var f filter
		for name := range of {
			property := rule.at(name)
			switch name {
			case "Id":
				out["id"] = property
			case "Status":
				out["status"] = property
			case "Prefix":
				f.prefix = property
			case "TagFilters":
				f.tags = property
			case "ObjectSizeGreaterThan":
				f.conditions("object_size_greater_than", property.number())
			case "ObjectSizeLessThan":
				f.conditions("object_size_less_than", property.number())
			case "ExpirationInDays":
				expiration["days"] = property.number()
			case "ExpirationDate":
				expiration["date"] = property
			case "ExpiredObjectDeleteMarker":
				expiration["expired_object_delete_marker"] = property.bool()
			case "NoncurrentVersionExpirationInDays":
				noncurrent["noncurrent_days"] = property.number()
			case "NoncurrentVersionExpiration":
				noncurrent["noncurrent_days"] = property.at("NoncurrentDays").number()
				noncurrent["newer_noncurrent_versions"] = property.at("NewerNoncurrentVersions").number()
			case "Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions", "AbortIncompleteMultipartUpload":
			default:
				out[name] = property
			}
		}
		if len(expiration) > 0 {
			out["expiration"] = block(expiration)
		}
		if len(noncurrent) > 0 {
			out["noncurrent_version_expiration"] = block(noncurrent)
		}
		f.into(out)
		return fieldsOf(out)
	})}
}

// number is a value that may be written as a text.
func (v value) number() value {
	if n, err := strconv.ParseInt(v.text(), 10, 64); err == nil {
		v.v = n
	}
	return v
}

func objectLock(v value) map[string]value {
	retention := v.at("Rule").at("DefaultRetention")
	if retention.none {
		return map[string]value{}
	}
	return map[string]value{"rule": block(map[string]value{"default_retention": block(map[string]value{
		"mode": retention.at("Mode"), "days": retention.at("Days"), "years": retention.at("Years"),
	})})}
}

func encryption(v value) map[string]value {
	return map[string]value{"rule": v.at("ServerSideEncryptionConfiguration").each(func(rule value) value {
		out := map[string]value{"bucket_key_enabled": rule.at("BucketKeyEnabled").bool()}
		if by := rule.at("ServerSideEncryptionByDefault"); !by.none {
			out["apply_server_side_encryption_by_default"] = block(map[string]value{
				"sse_algorithm": by.at("SSEAlgorithm"), "kms_master_key_id": by.at("KMSMasterKeyID"),
			})
		}
		return fieldsOf(out)
	})}
}

// at is a field of a value.
func (v value) at(name string) value {
	of, _ := v.v.(map[string]any)
	field, there := of[name]
	return value{v: field, none: !there}
}

// each is a list with what becomes of its items.
func (v value) each(become func(value) value) value {
	items, _ := v.v.([]any)
	all := []any{}
	for _, item := range items {
		all = append(all, become(value{v: item}).v)
	}
	return value{v: all}
}

// fieldsOf is a mapping of those values that are something.
func fieldsOf(of map[string]value) value {
	all := map[string]any{}
	for name, v := range of {
		if !v.none {
			all[name] = v.v
		}
	}
	return value{v: all}
}

// block is a block as plans of Terraform have it.
func block(of map[string]value) value { return value{v: []any{fieldsOf(of).v}} }
