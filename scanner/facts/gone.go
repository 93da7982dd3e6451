package facts

import (
	"cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
)

// DeletedPrincipals are the users and roles that are gone and that the policies
// of the role, the bucket and its key still name as principals. Unknown where one
// of these policies could not be read, and the others name none.
type DeletedPrincipals struct {
	Principals []DeletedPrincipal `json:"principals"` // each in each statement
}

// DeletedPrincipal is one of them, in one statement.
type DeletedPrincipal struct {
	ID       string `json:"id"`       // AIDA… or AROA…
	Policy   string `json:"policy"`   // "bucket policy"
	Resource string `json:"resource"` // the policy's
	Does     string `json:"does"`     // what the entry does now, a clause
	At       string `json:"at"`       // the entry
	Key      string `json:"key"`      // the id, for the fingerprint
}

func (e *export) deletedPrincipals() *Fact[DeletedPrincipals] {
	value := DeletedPrincipals{Principals: []DeletedPrincipal{}}
	var open []scanner.FactStatus
	var reasons []scanner.Reason
	var evidence []string
	search := func(resource, name string, p slot) {
		evidence = append(evidence, p.ref)
		if p.policy == nil {
			return
		}
		for _, x := range identities.Gone(p.doc.statements()) {
			at := scanner.At(p.ref, x.Pointer)
			value.Principals = append(value.Principals, DeletedPrincipal{
				ID: x.ID, Policy: name, Resource: resource, Does: x.Does, At: at, Key: x.ID,
			})
			reasons = append(reasons, note(at, "names "+x.ID+", a user or role that was deleted"))
		}
	}
	resource := cmp.Or(e.bucketARN, e.resource)
	if t, status, ok := e.trust(); ok {
		resource = t.arn
		search(t.arn, trustName, slot{policy: t.policy, doc: t.doc, ref: t.ref})
	} else {
		open = append(open, status)
	}
	if status, ok := e.existing(); ok {
		policy := e.bucketPolicy()
		search(e.bucketARN, "bucket policy", policy)
		open = append(open, missing(e.bucketARN, "bucket policy", policy)...)
		key, policy, status := e.keyPolicy()
		search(key, "key policy", policy)
		open = append(open, status)
	} else {
		open = append(open, status)
	}
	var unread []scanner.FactStatus
	for i := range open {
		if open[i].State == scanner.FactUnknown {
			unread = append(unread, open[i])
		}
	}
	switch {
	case len(value.Principals) > 0:
	case len(unread) > 0:
		return unresolved[DeletedPrincipals](together(resource, unread))
	case len(evidence) == 0:
		return unresolved[DeletedPrincipals](open[0])
	default:
		reasons = []scanner.Reason{note("", "no policy of the role, the bucket or its key names a user or role that was deleted")}
	}
	return known(value, rests(resource, evidenceOf(reasons, evidence...), reasons...))
}

// missing is the status of a policy that could not be read, if it is one.
func missing(resource, name string, p slot) []scanner.FactStatus {
	if p.gap == nil {
		return nil
	}
	return []scanner.FactStatus{unknown(resource, because("the "+name, p.gap), *p.gap)}
}

// keyPolicy is the policy of the customer's key that the bucket encrypts with,
// where there is one, and the status of its absence.
func (e *export) keyPolicy() (key string, policy slot, status scanner.FactStatus) {
	k, status, ok := e.customerKey()
	if !ok {
		return "", slot{}, status
	}
	info := e.keyDocument()
	if k.managed() || info.manager == "AWS" || info.missing {
		return "", slot{}, notApplicable(e.bucketARN, "the bucket encrypts with no customer's key")
	}
	key = e.keyARN(&k, &info)
	policy = e.keyPolicyOf(key)
	for _, s := range missing(e.bucketARN, "key policy", policy) {
		status = s
	}
	return key, policy, status
}
