package iam

import "github.com/trailguard/trailguard/scanner/iam/internal/policy"

// blockedBy notes an unknown key that is used as a variable, or by a grant.
func (e *eval) blockedBy(key string) {
	if e.tracer != nil {
		e.tracer.Variables = append(e.tracer.Variables, key)
	}
}

func (e *eval) blockedByGrant(key string) {
	if e.tracer != nil {
		e.tracer.Grants = append(e.tracer.Grants, key)
	}
}

// blockedByCondition notes a condition on an unknown key, and the unknown variables in its values.
func (e *eval) blockedByCondition(c *policy.Condition) {
	if e.tracer == nil {
		return
	}
	e.tracer.Conditions = append(e.tracer.Conditions, c)
	for i := range c.Values {
		for j := range c.Values[i].Template.Parts {
			key := c.Values[i].Template.Parts[j].Key
			if key == "" || key == c.Key {
				continue
			}
			if st, _ := e.lookup(key); st == keyUnknown || st == keyUnknownPresent {
				e.tracer.Variables = append(e.tracer.Variables, key)
			}
		}
	}
}

func (e *eval) blockedBySet() {
	if e.tracer != nil {
		e.tracer.Set = true
	}
}
