package scanner

// Earlier is what an earlier judgement found, for telling what is new. It
// must have been made by the same rules: a change of rules is no change of the
// world.
type Earlier struct {
	findings map[string]Finding // by fingerprint
	// unknown are the rules that could not be assessed then.
	unknown map[ruleOf]bool
}

// ruleOf is one rule over one subject.
type ruleOf struct{ tenant, export, rule string }

// NewEarlier keeps an earlier judgement's findings.
func NewEarlier(findings []Finding) *Earlier {
	e := &Earlier{findings: make(map[string]Finding, len(findings)), unknown: map[ruleOf]bool{}}
	for i := range findings {
		f := &findings[i]
		if f.State == StateResolved {
			continue
		}
		if f.Status == StatusFail {
			e.findings[f.Fingerprint] = *f
		} else {
			e.unknown[f.rule()] = true
		}
	}
	return e
}

func (f *Finding) rule() ruleOf { return ruleOf{f.Tenant, f.ExportID, f.RuleID} }

// Compare sets the state of each finding of a report, and returns the earlier
// failures that are gone. What can not be assessed any more is incomparable: it
// ends no failure. What fails and could not be assessed then is new, since
// nobody was told of it. It never fails.
func (e *Earlier) Compare(r *Report) ([]Finding, error) {
	now := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		_, failed := e.findings[f.Fingerprint]
		switch {
		case f.Status == StatusFail && failed:
			f.State = StateUnchanged
		case f.Status == StatusFail:
			f.State = StateNew
		case e.unknown[f.rule()]:
			f.State = StateUnchanged
		default:
			f.State = StateIncomparable
		}
		if f.Status == StatusFail {
			now[f.Fingerprint] = true
		}
	}
	statuses := statusesByRule(r)
	var resolved []Finding
	for fingerprint := range e.findings {
		f := e.findings[fingerprint]
		if !now[fingerprint] && statuses.settled(f.rule()) {
			f.State, f.Waiver = StateResolved, nil
			resolved = append(resolved, f) // sorted with the rest of the findings
		}
	}
	return resolved, nil
}

// subjects answers what the report says about any rule over any subject.
type subjects struct {
	exports  map[[2]string]map[string]Status // by tenant and id
	tenants  map[string]map[string]Status
	complete map[string]bool // tenants whose list was read whole
}

func statusesByRule(r *Report) subjects {
	s := subjects{map[[2]string]map[string]Status{}, map[string]map[string]Status{}, map[string]bool{}}
	for i := range r.Exports {
		e := &r.Exports[i]
		s.exports[[2]string{e.Tenant, e.ID}] = e.Results
	}
	for i := range r.Tenants {
		t := &r.Tenants[i]
		s.tenants[t.Name], s.complete[t.Name] = t.Results, t.Complete
	}
	return s
}

// settled says whether a rule that failed before was assessed now, so that a
// failure which is not there is gone. An export that its tenant no longer
// lists is settled when the list is whole.
func (s *subjects) settled(r ruleOf) bool {
	results, ok := s.tenants[r.tenant]
	if r.export != "" {
		if !ok {
			return false // the tenant was not part of the run
		}
		results, ok = s.exports[[2]string{r.tenant, r.export}]
		if !ok {
			return s.complete[r.tenant]
		}
	}
	switch results[r.rule] {
	case StatusPass, StatusNotApplicable, StatusFail:
		return true
	default:
		return false
	}
}
