package drift

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func (x *Index) added(c *scanner.ExportConfiguration) scanner.Change {
	change := x.about(c)
	change.Effect, change.After = scanner.EffectAdded, place(c)
	change.Message = fmt.Sprintf("export %s to %s was added", c.ID, place(c))
	tenant, known := x.tenants[c.Tenant]
	if !known {
		change.Message += fmt.Sprintf(": the baseline has no tenant %q", c.Tenant)
	} else if !tenant.Complete {
		change.Effect = scanner.EffectIncomparable
		change.Message = fmt.Sprintf("export %s to %s is not in the baseline, whose list of exports was incomplete: it may be new or not", c.ID, place(c))
	}
	return change
}

func (x *Index) removed(c *scanner.ExportConfiguration, complete bool) scanner.Change {
	change := x.about(c)
	change.Effect, change.Before = scanner.EffectRemoved, place(c)
	change.Message = fmt.Sprintf("export %s to %s was removed: its audit events no longer arrive there", c.ID, place(c))
	if !complete {
		change.Effect = scanner.EffectIncomparable
		change.Message = fmt.Sprintf("export %s to %s was not found, and the list of exports could not be read to its end: it may be gone or not", c.ID, place(c))
	}
	return change
}

func notScanned(tenant scanner.Tenant) scanner.Change {
	return scanner.Change{
		Tenant: tenant.Name, Kind: document.KindTenant, Resource: tenant.URL, Effect: scanner.EffectIncomparable,
		Message: fmt.Sprintf("tenant %s is in the baseline and was not looked at now", tenant.Name),
	}
}

func (x *Index) about(c *scanner.ExportConfiguration) scanner.Change {
	url := x.tenants[c.Tenant].URL
	if now, ok := x.current[c.Tenant]; ok {
		url = now.url
	}
	return scanner.Change{Tenant: c.Tenant, ExportID: c.ID, Kind: document.KindConfiguration, Resource: url + "#" + c.ID}
}

// recreated says what a new id breaks: a role that demands the old one as its
// ExternalId no longer lets Immuta in.
func (x *Index) recreated(before, after *scanner.Record) scanner.Change {
	was, is := before.Configuration.ID, after.Configuration.ID
	change := x.about(&after.Configuration)
	change.Effect, change.Pointer, change.Before, change.After = scanner.EffectRecreated, "/id", was, is
	change.Message = fmt.Sprintf("export %s to %s was re-created as %s", was, place(&after.Configuration), is)
	trust := slices.IndexFunc(after.Evidence, func(e scanner.Evidence) bool { return e.Kind == document.KindTrustPolicy && !e.Absent })
	switch {
	case trust < 0 && after.Configuration.Endpoint.Authentication == scanner.AuthenticationAccessKey:
	case trust < 0:
		change.Message += ": a trust policy that demands the old id as sts:ExternalId lets Immuta in no longer"
	case strings.Contains(after.Evidence[trust].Text, is):
		change.Message += ": the trust policy names the new id"
	case strings.Contains(after.Evidence[trust].Text, was):
		change.Message += fmt.Sprintf(": the trust policy of %s still demands the old id as sts:ExternalId, so that Immuta cannot assume the role", after.Evidence[trust].Resource)
	default:
		change.Message += fmt.Sprintf(": the trust policy of %s does not name the new id", after.Evidence[trust].Resource)
	}
	return change
}

// field is one setting of an export, as text.
type field struct {
	pointer, name string
	missing       []string // what ExportConfiguration.Missing calls it, or what it is part of
	value         func(*scanner.ExportConfiguration) string
}

// untold is the name under which one of two configurations lacks the setting.
func (f *field) untold(b, a *scanner.ExportConfiguration) (name string, ok bool) {
	at := slices.IndexFunc(f.missing, func(name string) bool { return slices.Contains(b.Missing, name) || slices.Contains(a.Missing, name) })
	if at < 0 {
		return "", false
	}
	return f.missing[at], true
}

func fields() []field {
	endpoint := func(pointer, name string, value func(*scanner.Endpoint) string) field {
		return field{"/endpoint/" + pointer, name, []string{"endpoint"}, func(c *scanner.ExportConfiguration) string { return value(&c.Endpoint) }}
	}
	region := endpoint("region", "region", func(e *scanner.Endpoint) string { return e.Region })
	region.missing = append(region.missing, "region") // it may be missing where the rest is known
	return []field{
		{"/enabled", "enabled", []string{"enabled"}, func(c *scanner.ExportConfiguration) string { return strconv.FormatBool(c.Enabled) }},
		{"/interval", "interval", []string{"interval"}, func(c *scanner.ExportConfiguration) string { return c.Interval }},
		endpoint("type", "endpoint type", endpointType),
		endpoint("authentication", "authentication", func(e *scanner.Endpoint) string { return string(e.Authentication) }),
		endpoint("bucket", "bucket", func(e *scanner.Endpoint) string { return e.Bucket }),
		endpoint("path", "path", func(e *scanner.Endpoint) string { return e.Path }),
		region,
		endpoint("roleArn", "role", func(e *scanner.Endpoint) string { return e.RoleARN }),
		endpoint("userArn", "user", func(e *scanner.Endpoint) string { return e.UserARN }),
		endpoint("storageAccount", "storage account", func(e *scanner.Endpoint) string { return e.StorageAccount }),
		endpoint("fileSystem", "file system", func(e *scanner.Endpoint) string { return e.FileSystem }),
	}
}

// endpointType returns Immuta's own name for a type that trailguard does not know.
func endpointType(e *scanner.Endpoint) string {
	if e.Type == scanner.EndpointOther {
		return e.TypeName
	}
	return string(e.Type)
}

// configuration compares the settings that Immuta holds of the export itself.
func (c *comparison) configuration() []scanner.Change {
	var changes []scanner.Change
	b, a := &c.before.Configuration, &c.after.Configuration
	told := map[string]bool{} // the endpoint is reported once, not with each of its fields
	for _, f := range fields() {
		change := c.index.about(a)
		missing, untold := f.untold(b, a)
		switch was, is := f.value(b), f.value(a); {
		case untold:
			if told[missing] {
				continue
			}
			told[missing] = true
			change.Pointer, change.Effect = "/"+missing, scanner.EffectIncomparable
			change.Message = fmt.Sprintf("the setting %s of export %s could not be read%s", missing, a.ID, when(b.Missing, a.Missing, missing))
		case was == is:
			continue
		case f.pointer == pointerRole && is == "":
			// Immuta does not always name the role that it assumes.
			change.Pointer, change.Before, change.Effect = f.pointer, was, scanner.EffectIncomparable
			change.Message = fmt.Sprintf("export %s used the role %s, and which role it uses now is not known", a.ID, was)
		case f.pointer == pointerRole && was == "":
			change.Pointer, change.After, change.Effect = f.pointer, is, scanner.EffectIncomparable
			change.Message = fmt.Sprintf("export %s uses the role %s, and which role it used is not known", a.ID, is)
		default:
			change.Pointer, change.Before, change.After, change.Effect = f.pointer, was, is, scanner.EffectChanged
			change.Message = configurationMessage(&f, a.ID, was, is)
		}
		changes = append(changes, change)
	}
	return changes
}

const pointerRole = "/endpoint/roleArn"

func when(before, after []string, field string) string {
	switch b, a := slices.Contains(before, field), slices.Contains(after, field); {
	case b && a:
		return ", neither for the baseline nor now"
	case a:
		return " now"
	default:
		return " for the baseline"
	}
}

func configurationMessage(f *field, id, was, is string) string {
	switch {
	case f.pointer == "/enabled" && is == "false":
		return fmt.Sprintf("export %s was disabled: nothing arrives any more", id)
	case f.pointer == "/enabled":
		return fmt.Sprintf("export %s was enabled", id)
	case was == "":
		return fmt.Sprintf("the %s of export %s, which was empty, is now %s", f.name, id, is)
	case is == "":
		return fmt.Sprintf("the %s of export %s, which was %s, is now empty", f.name, id, was)
	default:
		return fmt.Sprintf("the %s of export %s changed from %s to %s", f.name, id, was, is)
	}
}
