package facts

import (
	"cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

func (e *export) deletedPrincipals() *fact.Of[fact.DeletedPrincipals] {
	value := fact.DeletedPrincipals{Principals: []fact.DeletedPrincipal{}}
	var open []scanner.FactStatus
	var reasons []scanner.Reason
	var evidence []string
	search := func(resource, name string, p view.Slot) {
		evidence = append(evidence, p.Ref)
		if p.Policy == nil {
			return
		}
		for _, x := range identities.Gone(p.Doc.Statements()) {
			at := scanner.At(p.Ref, x.Pointer)
			value.Principals = append(value.Principals, fact.DeletedPrincipal{
				ID: x.ID, Policy: name, Resource: resource, Does: x.Does, At: at, Key: x.ID,
			})
			reasons = append(reasons, fact.Note(at, "names "+x.ID+", a user or role that was deleted"))
		}
	}
	resource := cmp.Or(e.BucketARN, e.Resource)
	if policy, status, ok := e.role.Policy(); ok {
		resource = e.Writer.ARN
		search(resource, "trust policy", policy)
	} else {
		open = append(open, status)
	}
	if status, ok := e.BucketIsThere(); ok {
		policy := e.BucketPolicy()
		search(e.BucketARN, "bucket policy", policy)
		open = append(open, missing(e.BucketARN, "bucket policy", policy)...)
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
		return fact.Unresolved[fact.DeletedPrincipals](together(resource, unread))
	case len(evidence) == 0:
		return fact.Unresolved[fact.DeletedPrincipals](open[0])
	default:
		reasons = []scanner.Reason{fact.Note("", "no policy of the role, the bucket or its key names a user or role that was deleted")}
	}
	return fact.Known(value, fact.Rests(resource, proof.Evidence(reasons, evidence...), reasons...))
}

// missing is the status of a policy that could not be read; none of one that could.
func missing(resource, name string, p view.Slot) []scanner.FactStatus {
	if p.Gap == nil {
		return nil
	}
	return []scanner.FactStatus{fact.Unknown(resource, proof.Because("the "+name, p.Gap), *p.Gap)}
}

// keyPolicy is the policy of the customer's key that the bucket encrypts with,
// where there is one, and the status of its absence.
func (e *export) keyPolicy() (key string, policy view.Slot, status scanner.FactStatus) {
	k, status, ok := e.customerKey()
	if !ok {
		return "", view.Slot{}, status
	}
	info := e.keyDocument()
	if k.managed() || info.manager == "AWS" || info.missing {
		return "", view.Slot{}, fact.NotApplicable(e.BucketARN, "the bucket encrypts with no customer's key")
	}
	key = e.keyARN(&k, &info)
	policy = e.keyPolicyOf(key)
	for _, s := range missing(e.BucketARN, "key policy", policy) {
		status = s
	}
	return key, policy, status
}
