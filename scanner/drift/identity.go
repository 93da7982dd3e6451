package drift

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// identity compares the policies of a role or user, taken together, and then its
// permissions boundary. A policy that could not be read on one side is left out of
// both; it gets an incomparable change of its own.
func (c *comparison) identity(resource string) []scanner.Change {
	if c.moved[document.SubjectWriter] {
		return nil
	}
	unreadable := map[string]bool{}
	for _, record := range []*scanner.Record{c.before, c.after} {
		for i := range record.Gaps {
			if g := &record.Gaps[i]; g.Resource == resource && g.Kind == document.KindIdentityPolicy {
				unreadable[g.Name] = true
			}
		}
	}
	before, after := policiesOf(c.before, document.KindIdentityPolicy, resource), policiesOf(c.after, document.KindIdentityPolicy, resource)
	// Only a list that was read proves that a policy came or went.
	if !listed(c.before, resource) || !listed(c.after, resource) {
		for _, name := range names(before, after) {
			unreadable[name] = unreadable[name] || before[name] == "" || after[name] == ""
		}
	}
	for name := range unreadable {
		delete(before, name)
		delete(after, name)
	}
	return append(c.together(identityFamily, resource, before, after), c.boundary(resource)...)
}

// policiesOf returns the policy texts of a role, user or level, by name.
func policiesOf(record *scanner.Record, kind document.Kind, resource string) map[string]string {
	texts := map[string]string{}
	for i := range record.Evidence {
		if e := &record.Evidence[i]; e.Kind == kind && e.Resource == resource && !e.Absent {
			texts[e.Name] = e.Text
		}
	}
	return texts
}

func listed(record *scanner.Record, resource string) bool {
	return look(record, unit{document.KindIdentityPolicies, resource, ""}).document != nil
}

func names(a, b map[string]string) []string {
	var list []string
	for _, m := range []map[string]string{a, b} {
		for name := range m {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// together compares policies as one: a statement that moves from one to another is
// no change.
func (c *comparison) together(f family, resource string, before, after map[string]string) []scanner.Change {
	var changed []string
	all := names(before, after)
	for _, name := range all {
		if before[name] != after[name] {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	was, is, merged := merge(before, after, all)
	if !merged {
		var changes []scanner.Change
		for _, name := range changed {
			u := unit{f.kind, resource, name}
			changes = append(changes, c.report(u, comparePolicies(u, before[name], after[name], iam.AccountOf(resource)), digestOf(before[name]), digestOf(after[name]))...)
		}
		return changes
	}
	u := unit{f.list, resource, ""}
	if len(changed) == 1 {
		u = unit{f.kind, resource, changed[0]}
	}
	key := pair{u, digestOf(was), digestOf(is), iam.AccountOf(resource)}
	d, ok := c.index.compared[key]
	if !ok {
		d = comparePolicies(u, was, is, iam.AccountOf(resource))
		d.diff, d.pointer = nil, ""
		for _, name := range changed {
			if len(changed) > 1 {
				d.diff = append(d.diff, " "+name)
			}
			wasText, isText := policyTexts(before[name], after[name])
			d.diff = append(d.diff, difference(wasText, isText)...)
		}
		if len(changed) == 1 {
			d.pointer = pointerInto(u, before[changed[0]], after[changed[0]])
		}
		c.index.compared[key] = d
	}
	if len(changed) == 1 {
		return c.report(u, d, digestOf(before[changed[0]]), digestOf(after[changed[0]]))
	}
	return c.report(u, d, strings.Join(names(before, nil), ", "), strings.Join(names(after, nil), ", "))
}

func pointerInto(u unit, before, after string) string {
	b, errBefore := parsePolicy(u, before)
	a, errAfter := parsePolicy(u, after)
	if errBefore != nil || errAfter != nil {
		return ""
	}
	return firstChange(b, a)
}

func digestOf(text string) string {
	if text == "" {
		return ""
	}
	return scanner.Digest(text)
}

// merge puts all statements of each side into one document. It cannot where a
// document is unreadable, or where documents of different language versions use
// variables, since the version decides what a variable means.
func merge(before, after map[string]string, all []string) (was, is string, ok bool) {
	m := merging{versions: map[string]bool{}}
	b, readBefore := m.collect(before, all)
	a, readAfter := m.collect(after, all)
	if !readBefore || !readAfter || m.variables && len(m.versions) > 1 {
		return "", "", false
	}
	version := "2012-10-17"
	if m.variables && !m.versions[version] {
		version = "2008-10-17" // the default of a document without a version
	}
	was, errBefore := assemble(version, b)
	is, errAfter := assemble(version, a)
	return was, is, errBefore == nil && errAfter == nil
}

type merging struct {
	versions  map[string]bool
	variables bool
}

// collect returns the statements of one side, and whether all of them could be
// read.
func (m *merging) collect(side map[string]string, all []string) ([]jsontext.Value, bool) {
	var list []jsontext.Value
	for _, name := range all {
		text := side[name]
		if text == "" {
			continue
		}
		var document struct {
			Version   string
			Statement jsontext.Value
		}
		if json.Unmarshal([]byte(text), &document) != nil || document.Statement == nil {
			return nil, false
		}
		m.versions[document.Version] = true
		m.variables = m.variables || strings.Contains(text, "${")
		var elements []jsontext.Value
		if json.Unmarshal(document.Statement, &elements) != nil {
			elements = []jsontext.Value{document.Statement}
		}
		list = append(list, elements...)
	}
	return list, true
}

// assemble returns the empty text for no statements: it stands for no policy.
func assemble(version string, list []jsontext.Value) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	text, err := json.Marshal(struct {
		Version   string
		Statement []jsontext.Value
	}{version, list})
	return string(text), err
}

// boundary compares the permissions boundary of a role or user. Unlike other
// policies, none at all allows everything.
func (c *comparison) boundary(resource string) []scanner.Change {
	before, knownBefore := boundaryOf(c.before, resource)
	after, knownAfter := boundaryOf(c.after, resource)
	if !knownBefore || !knownAfter || before == nil && after == nil || before != nil && after != nil && before.Name == after.Name && before.Digest == after.Digest {
		return nil
	}
	u := unit{kind: document.KindBoundary, resource: resource}
	var d documentChange
	var texts, digests [2]string
	for i, e := range []*scanner.Evidence{before, after} {
		if e != nil {
			u.name, texts[i], digests[i] = e.Name, e.Text, e.Digest
		}
	}
	was, is := policyTexts(texts[0], texts[1])
	d.diff = difference(was, is)
	var policies [2]*iam.Policy
	for i, text := range texts {
		policy, err := parsePolicy(u, text)
		if err != nil {
			return c.report(u, d.unreadable(u, [...]string{"for the baseline", "now"}[i], err), digests[0], digests[1])
		}
		if policies[i] = policy; policy == nil {
			policies[i] = iam.AllowAll("no permissions boundary")
		}
	}
	if before != nil && after != nil {
		d.pointer = firstChange(policies[0], policies[1])
	}
	found := iam.ComparePolicies(policies[0], policies[1], iam.CompareOptions{Type: iam.IdentityPolicy, Account: iam.AccountOf(resource)})
	found.Widened, found.Narrowed = told(found.Widened, u), told(found.Narrowed, u)
	d.judge(title(u), found)
	switch {
	case before == nil:
		d.message = "there was none before: " + d.message
	case after == nil:
		d.message = "it was removed: " + d.message
	}
	d.message = title(u) + ": " + d.message
	return c.report(u, d, digests[0], digests[1])
}

// boundaryOf returns the permissions boundary, nil where there is none, and
// whether that is known.
func boundaryOf(record *scanner.Record, resource string) (*scanner.Evidence, bool) {
	for i := range record.Gaps {
		if g := &record.Gaps[i]; g.Resource == resource && g.Kind == document.KindBoundary {
			return nil, false
		}
	}
	for i := range record.Evidence {
		if e := &record.Evidence[i]; e.Resource == resource && e.Kind == document.KindBoundary && !e.Absent {
			return e, true
		}
	}
	return nil, listed(record, resource)
}
