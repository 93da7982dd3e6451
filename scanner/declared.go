package scanner

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ChecksumsDeclared is what expect.uploadChecksums declares.
const ChecksumsDeclared = "declared by the operator (expect.uploadChecksums): Immuta's uploads carry a checksum"

// Declarations returns sentences about what the operator declared, sorted:
// those about the given keys, or all where keys is nil.
func (x *Expect) Declarations(keys []string) []string {
	var out []string
	wanted := func(key string) bool {
		return keys == nil || slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
	}
	if x.Organization != "" && (wanted("aws:PrincipalOrgID") || wanted("aws:ResourceOrgID")) {
		out = append(out, "declared by the operator (expect.organization): the writer's account and what is in it belong to the organization "+x.Organization)
	}
	if x.UploadChecksums && keys == nil {
		out = append(out, ChecksumsDeclared)
	}
	if keys == nil {
		for i := range x.OtherExternalIDs {
			out = append(out, x.OtherExternalIDs[i].Declared())
		}
	}
	for _, d := range []struct {
		what, where string
		values      map[string][]string
	}{
		{"Immuta's uploads", "expect.requests", x.Requests},
		{"Immuta's requests to assume the role", "expect.assumeRequests", x.AssumeRequests},
	} {
		for _, key := range slices.Sorted(maps.Keys(d.values)) {
			if !wanted(key) {
				continue
			}
			holds := " hold " + key + " " + strings.Join(d.values[key], ", ")
			if len(d.values[key]) == 0 {
				holds = " never have " + key
			}
			out = append(out, "declared by the operator ("+d.where+"): "+d.what+holds)
		}
	}
	return out
}

// declarations returns those of every tenant.
func (s *Settings) declarations() []string {
	var out []string
	for _, tenant := range slices.Sorted(maps.Keys(s.Expect)) {
		x := s.Expect[tenant]
		for _, d := range x.Declarations(nil) {
			if len(s.Expect) > 1 {
				d = "tenant " + tenant + ": " + d
			}
			out = append(out, d)
		}
	}
	return out
}

// Declared is what the operator says of the id.
func (o *OtherExternalID) Declared() string {
	return fmt.Sprintf("declared by the operator (expect.otherExternalIds): the ExternalId %q is not of an export: %s", o.ID, Said(o.Reason))
}
