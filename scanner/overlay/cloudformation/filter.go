package cloudformation

// filter says which objects a rule of a bucket is about: all conditions at once.
type filter struct {
	prefix, tags value // tags is a list of Key and Value
	sizes        map[string]value
}

// conditions adds one about the size of objects.
func (f *filter) conditions(attribute string, v value) {
	if f.sizes == nil {
		f.sizes = map[string]value{}
	}
	f.sizes[attribute] = v
}

// into says it in the provider's words: a prefix alone stands in the rule, and several
// conditions in a block of their own.
func (f *filter) into(rule map[string]value) {
	tags, _ := f.tags.v.([]any)
	if len(tags) == 0 && len(f.sizes) == 0 {
		if f.prefix.v != nil {
			rule["prefix"] = f.prefix
		}
		return
	}
	and := map[string]value{}
	for attribute, v := range f.sizes {
		and[attribute] = v
	}
	if f.prefix.v != nil {
		and["prefix"] = f.prefix
	}
	if len(tags) > 0 {
		and["tags"] = f.tags.tags()
	}
	rule["filter"] = block(map[string]value{"and": block(and)})
}

// replication puts rules into the provider's words. A property that has none there
// keeps its own name, as in lifecycle.
func replication(v value) map[string]value {
	return map[string]value{"role": v.at("Role"), "rule": v.at("Rules").each(func(rule value) value {
		of, _ := rule.v.(map[string]any)
		out := map[string]value{}
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
			case "Filter":
				f.of(property)
			case "Destination":
				out["destination"] = destination(property)
			case "Priority", "DeleteMarkerReplication", "SourceSelectionCriteria":
			default:
				out[name] = property
			}
		}
		f.into(out)
		return fieldsOf(out)
	})}
}

// of takes the conditions of a rule on replication.
func (f *filter) of(v value) {
	var tags []any
	for _, from := range []value{v, v.at("And")} {
		if p := from.at("Prefix"); !p.none {
			f.prefix = p
		}
		if tag := from.at("TagFilter"); !tag.none {
			tags = append(tags, tag.v)
		}
		list, _ := from.at("TagFilters").v.([]any)
		tags = append(tags, list...)
	}
	f.tags = value{v: tags}
}

// destination is where copies go.
func destination(v value) value {
	of, _ := v.v.(map[string]any)
	out := map[string]value{}
	for name := range of {
		property := v.at(name)
		switch name {
		case "Bucket":
			out["bucket"] = property
		case "Account":
			out["account"] = property
		case "AccessControlTranslation":
			out["access_control_translation"] = block(map[string]value{"owner": property.at("Owner")})
		case "EncryptionConfiguration":
			out["encryption_configuration"] = block(map[string]value{"replica_kms_key_id": property.at("ReplicaKmsKeyID")})
		case "StorageClass", "Metrics", "ReplicationTime":
		default:
			out[name] = property
		}
	}
	return block(out)
}

// tags are a list of Key and Value by key. Of another form they are not known.
func (v value) tags() value {
	if v.unknown || v.secret {
		return v
	}
	list, ok := v.v.([]any)
	all := map[string]any{}
	for _, item := range list {
		tag, _ := item.(map[string]any)
		key, text := value{v: tag["Key"]}.text(), value{v: tag["Value"]}.text()
		ok = ok && key != "" && tag["Value"] != nil
		all[key] = text
	}
	if !ok {
		return unknown
	}
	return value{v: all}
}
