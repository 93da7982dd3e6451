package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// unnamedARNs returns the ARNs of those for whom a principal stands: a role and a user for every
// combination of patterns that tells them apart, and the root user.
func (s *search) unnamedARNs(e *eval) valueSet {
	f := e.constantsOf(keyPrincipalARN)
	prefix := e.Caller.ARNPrefix()
	names := e.constantsOf(keyUserName)
	atoms := append(slices.Clone(f.Atoms), representative.Literals(e.req.unnamed.Named)...)
	vs := valueSet{complete: f.complete && names.complete, present: true}
	named := make(map[string]bool, len(atoms))
	for i := range atoms {
		named[atoms[i].Text] = true
	}
	add := func(kind string, extra []representative.Atom) {
		found, complete := s.within(e, slices.Concat(atoms, extra), representative.Domain{Prefix: prefix + kind, MinLength: 1})
		if vs.complete = vs.complete && complete; !complete {
			s.capped = true
		}
		for _, arn := range found {
			if !named[arn] {
				vs.values = append(vs.values, []string{arn})
			}
		}
	}
	add("role/", nil)
	add("user/", underAnyPath(prefix+"user/", names.Atoms))
	if root := prefix + "root"; !slices.Contains(f.Atoms, representative.Atom{Text: root}) && !e.isUnlimitedAs(root) {
		vs.values = append(vs.values, []string{root})
	}
	if !f.variable && !names.variable {
		s.cache = append(s.cache, cachedValues{key: keyPrincipalARN, set: vs})
	}
	return vs
}

// isUnlimitedAs reports whether policies make no difference to what the root user may do here.
func (e *eval) isUnlimitedAs(root string) bool {
	was := e.Caller
	e.Caller = principal.ParseCaller(root, e.Action)
	above := e.rootOverrides() || e.impossible()
	e.Caller = was
	return above
}

// underAnyPath turns patterns for a name into patterns for the ARNs that end in it.
func underAnyPath(prefix string, names []representative.Atom) []representative.Atom {
	var out []representative.Atom
	for _, a := range names {
		out = append(out,
			representative.Atom{Text: prefix + a.Text, Fold: a.Fold},
			representative.Atom{Text: prefix + string([]byte{pattern.Star}) + "/" + a.Text, Fold: a.Fold})
	}
	return out
}

// rolesOfSession returns the ARNs that a session's role can have. A role's ARN has a path, which
// the session's ARN does not show.
func (s *search) rolesOfSession(e *eval) valueSet {
	prefix, name := e.Caller.ARNPrefix()+"role/", e.Caller.Name
	return s.matching(e, keyPrincipalARN, prefix, representative.Literals([]string{prefix + name, prefix + string([]byte{pattern.Star}) + "/" + name}))
}

// shaped returns the values of a key that begin with a prefix and continue in a form with
// wildcards.
func (s *search) shaped(e *eval, key, prefix, form string) valueSet {
	return s.matching(e, key, prefix, representative.Literals([]string{prefix + pattern.CompileGlob(form)}))
}

// matching returns the values of a key that match one of the shapes.
func (s *search) matching(e *eval, key, prefix string, shapes []representative.Atom) valueSet {
	f := e.constantsOf(key)
	found, complete := s.within(e, slices.Concat(f.Atoms, shapes), representative.Domain{Prefix: prefix, MinLength: 1})
	s.capped = s.capped || !complete
	vs := valueSet{complete: f.complete && complete, present: true}
	for _, v := range found {
		if slices.ContainsFunc(shapes, func(a representative.Atom) bool { p := pattern.New(a.Text); return p.Match(v) }) {
			vs.values = append(vs.values, []string{v})
		}
	}
	return vs
}
