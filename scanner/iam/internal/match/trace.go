package match

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
)

// blockedBy records an unknown key that is used as a variable, or by a grant.
func (m *Matcher) blockedBy(key string) {
	if m.Tracer != nil {
		m.Tracer.Variables = append(m.Tracer.Variables, key)
	}
}

func (m *Matcher) blockedByGrant(key string) {
	if m.Tracer != nil {
		m.Tracer.Grants = append(m.Tracer.Grants, key)
	}
}

// blockedByCondition records a condition on an unknown key, and the unknown
// variables in its values.
func (m *Matcher) blockedByCondition(c *policy.Condition) {
	if m.Tracer == nil {
		return
	}
	m.Tracer.Conditions = append(m.Tracer.Conditions, c)
	for i := range c.Values {
		for j := range c.Values[i].Template.Parts {
			key := c.Values[i].Template.Parts[j].Key
			if key == "" || key == c.Key {
				continue
			}
			if st, _ := m.Lookup(key); st == KeyUnknown || st == KeyUnknownPresent {
				m.Tracer.Variables = append(m.Tracer.Variables, key)
			}
		}
	}
}

func (m *Matcher) blockedBySet() {
	if m.Tracer != nil {
		m.Tracer.Set = true
	}
}
