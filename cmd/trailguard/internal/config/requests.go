package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/keys"
	"github.com/trailguard/trailguard/scanner/nearest"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// never is the value that declares a key absent from every request.
const never = "absent"

var organizationID = regexp.MustCompile(`^o-[a-z0-9]{1,32}$`)

func (c *checker) organization(id string, at []any) {
	if id != "" && !organizationID.MatchString(id) {
		c.add(at, "%q is not the id of an organization: write it as AWS Organizations shows it, such as o-a1b2c3d4e5", id)
	}
}

// requests checks the condition keys that are declared for one kind of Immuta's
// requests.
func (c *checker) requests(e *Expect, at []any, values map[string]yamlfile.Texts, what string, kinds ...keys.Kind) {
	spelt := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		here := append(slices.Clone(at), name)
		lower := strings.ToLower(name)
		if other, twice := spelt[lower]; twice {
			c.add(here, "%s and %s are one key", other, name)
			continue
		}
		spelt[lower] = name
		k := keys.Find(name)
		if k == nil || strings.EqualFold(name, k.Name) && strings.HasSuffix(name, "/") {
			c.add(here, "unknown condition key %q%s", name, meant(name, kinds))
			continue
		}
		declared := slices.IndexFunc(kinds, k.DeclaredIn)
		if declared < 0 {
			c.add(here, "%s cannot be declared: %s", k.Name, known(k, what, kinds[0]))
			continue
		}
		c.declaration(k, k.Of(kinds[declared]), name, values[name], here)
		if id := strings.Join(values[name], ", "); k.Name == "aws:PrincipalOrgID" && kinds[0] != keys.Assume && e.Organization != "" && id != e.Organization {
			c.add(here, "%s is declared as %s here and as %s in expect.organization", k.Name, id, e.Organization)
		}
	}
}

// declaration checks the values declared for one key.
func (c *checker) declaration(k *keys.Key, known keys.Cell, name string, values yamlfile.Texts, at []any) {
	switch {
	case values == nil, slices.Contains(values, ""):
		c.add(at, "%s: write what it holds, or %q", name, never)
	case len(values) == 0, len(values) > 1 && slices.Contains(values, never):
		c.add(at, "%s: write %q alone for a key that is never there", name, never)
	case len(values) > 1 && !k.List:
		c.add(at, "%s holds one value, not a list", name)
	case values[0] == never:
	case known.State == keys.OneOf && !slices.Contains(known.Values, values[0]):
		c.add(at, "%s cannot be %q: it is %s", name, values[0], oneOf(known.Values))
	case strings.HasSuffix(k.Name, "OrgID"):
		c.organization(values[0], at)
	}
}

func oneOf(values []string) string {
	shown := slices.Clone(values)
	for i := range shown {
		if shown[i] == "" {
			shown[i] = never
		}
	}
	return strings.Join(shown, " or ")
}

// meant proposes the nearest key that may be declared.
func meant(name string, kinds []keys.Kind) string {
	var names []string
	for _, k := range keys.All() {
		if slices.ContainsFunc(kinds, k.DeclaredIn) {
			names = append(names, k.Name)
		}
	}
	if near := nearest.Name(name, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; docs/conditions.md lists those that can be declared"
}

// known says why a key cannot be declared.
func known(k *keys.Key, what string, kind keys.Kind) string {
	switch cell := k.Of(kind); cell.State {
	case keys.Absent:
		return what + " never has it"
	case keys.Fixed:
		return what + " always holds " + cell.Values[0]
	case keys.OneOf:
		return what + " holds " + oneOf(cell.Values) + ", and each of them is considered"
	case keys.Given:
		return "its value is known, " + cell.Values[0]
	case keys.Now:
		return "it is the time of the request"
	default:
		return "it is not a property of Immuta's request"
	}
}

// declarations returns the values under the names that AWS gives the keys.
func declarations(values map[string]yamlfile.Texts) map[string][]string {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string][]string, len(values))
	for name, value := range values {
		if k := keys.Find(name); k != nil && len(k.Name) == len(name) {
			name = k.Name
		}
		if out[name] = value; value[0] == never {
			out[name] = []string{}
		}
	}
	return out
}
