package iam

import "slices"

// unnamedPrincipals says that a principal stands for everybody in its account but those who are named, who
// are asked about by themselves.
type unnamedPrincipals struct {
	named []string // by Principal elements
}

// unnamedARNs gives the ARNs of those for whom a principal stands: a role and a user for every
// combination of patterns that tells them apart, and the root user.
func (s *search) unnamedARNs(e *eval) valueSet {
	f := e.constantsOf(keyPrincipalARN)
	prefix := e.caller.arnPrefix()
	names := e.constantsOf(keyUserName)
	atoms := append(slices.Clone(f.atoms), literals(e.req.unnamed.named)...)
	vs := valueSet{complete: f.complete && names.complete, present: true}
	add := func(kind string, extra []atom) {
		found, complete := representativesWithin(&s.work, slices.Concat(atoms, extra), domain{prefix: prefix + kind, minLength: 1})
		if vs.complete = vs.complete && complete; !complete {
			s.capped = true
		}
		for _, arn := range found {
			if !slices.ContainsFunc(atoms, func(a atom) bool { return a.text == arn }) {
				vs.values = append(vs.values, []string{arn})
			}
		}
	}
	add("role/", nil)
	add("user/", underAnyPath(prefix+"user/", names.atoms))
	if root := prefix + "root"; !slices.Contains(f.atoms, atom{text: root}) && !e.isUnlimitedAs(root) {
		vs.values = append(vs.values, []string{root})
	}
	if !f.variable && !names.variable {
		s.cache = append(s.cache, cachedValues{key: keyPrincipalARN, set: vs})
	}
	return vs
}

// isUnlimitedAs reports whether policies have no say over what the root user does here.
func (e *eval) isUnlimitedAs(root string) bool {
	was := e.caller
	e.caller = parseCaller(root, e.req.Action)
	above := e.rootOverrides() || e.impossible()
	e.caller = was
	return above
}

// underAnyPath makes of patterns for a name those for the ARNs that end in it.
func underAnyPath(prefix string, names []atom) []atom {
	var out []atom
	for _, a := range names {
		out = append(out,
			atom{text: prefix + a.text, fold: a.fold},
			atom{text: prefix + string([]byte{tokStar}) + "/" + a.text, fold: a.fold})
	}
	return out
}

// rolesOfSession gives the ARNs that a session's role can have, whose path the session's does not tell.
func (s *search) rolesOfSession(e *eval) valueSet {
	prefix, name := e.caller.arnPrefix()+"role/", e.caller.name
	return s.matching(e, keyPrincipalARN, prefix, literals([]string{prefix + name, prefix + string([]byte{tokStar}) + "/" + name}))
}

// shaped gives the values of a key that have a prefix and, after it, a form.
func (s *search) shaped(e *eval, key, prefix, form string) valueSet {
	return s.matching(e, key, prefix, literals([]string{prefix + compileGlob(form)}))
}

// matching gives the values of a key that match one of the shapes.
func (s *search) matching(e *eval, key, prefix string, shapes []atom) valueSet {
	f := e.constantsOf(key)
	found, complete := representativesWithin(&s.work, slices.Concat(f.atoms, shapes), domain{prefix: prefix, minLength: 1})
	s.capped = s.capped || !complete
	vs := valueSet{complete: f.complete && complete, present: true}
	for _, v := range found {
		if slices.ContainsFunc(shapes, func(a atom) bool { p := newPattern(a.text); return p.match(v) }) {
			vs.values = append(vs.values, []string{v})
		}
	}
	return vs
}
