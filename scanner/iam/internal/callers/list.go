package callers

import (
	"slices"
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Condition keys whose values AWS takes from the principal, in lower case.
const (
	KeyPrincipalARN     = "aws:principalarn"
	KeyPrincipalAccount = "aws:principalaccount"
	KeyServiceName      = "aws:principalservicename"
)

// CanonicalAccount stands for the account of a canonical user id. No account has this id.
const CanonicalAccount = "canonical"

// List collects the principals and classes of principals to ask about, without repeats.
type List struct {
	partition  string
	mentioned  principal.Accounts
	Candidates []*Candidate
	backing    []Candidate       // which they point into
	seen       map[string]uint16 // by value, a bit for every kind
	unnamed    Unnamed
}

// NewList collects everybody whom the policies name, in Principal elements and in conditions
// on principal keys, and those whom a wildcard covers.
func NewList(policies []*policy.Document, owner, partition string) *List {
	named := 0
	for _, p := range policies {
		for i := range p.Statements {
			named += len(p.Statements[i].Principals)
		}
	}
	r := &List{partition: partition, seen: make(map[string]uint16, named+1)}
	r.Candidates, r.backing = make([]*Candidate, 0, named+4), make([]Candidate, 0, named+4)
	r.mentioned.Add(owner)
	for _, p := range policies {
		for i := range p.Statements {
			r.rememberMentions(&p.Statements[i])
		}
	}
	fresh, open := r.mentioned.Fresh(), false
	for _, p := range policies {
		for i := range p.Statements {
			s := &p.Statements[i]
			for j := range s.Principals {
				r.addEntry(&s.Principals[j], fresh, s.NotPrincipal)
			}
			if s.NotPrincipal && !s.Deny {
				r.addAnyone(fresh)
			}
			for j := range s.Conditions {
				r.addCondition(&s.Conditions[j])
			}
			open = open || s.OpensToServices()
		}
	}
	if open {
		r.addUnnamedService(fresh)
	}
	r.addAccount(owner)
	r.sort()
	return r
}

func (r *List) sort() {
	slices.SortFunc(r.Candidates, func(a, b *Candidate) int { return a.Class.compare(b.Class) })
}

// rememberMentions records the accounts that a statement mentions.
func (r *List) rememberMentions(s *policy.Statement) {
	for i := range s.Principals {
		r.mentioned.Add(s.Principals[i].Account)
		if p := &s.Principals[i]; p.Form == principal.FormRole || p.Form == principal.FormUser {
			r.unnamed.Named = append(r.unnamed.Named, p.Value)
		}
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		for j := range c.Values {
			r.mentioned.Add(principal.AccountIn(c.Values[j].Raw))
		}
	}
}

// isNew reports whether a class was not in the list before, and records it.
func (r *List) isNew(class Class) bool {
	bits, kind := r.seen[class.Value], uint16(1)<<class.Kind.rank()
	r.seen[class.Value] = bits | kind
	return bits&kind == 0
}

func (r *List) add(c Candidate) {
	if len(r.backing) == cap(r.backing) {
		r.backing = make([]Candidate, 0, 2*cap(r.backing)+1)
	}
	r.backing = append(r.backing, c)
	r.Candidates = append(r.Candidates, &r.backing[len(r.backing)-1])
}

func (r *List) addEntry(p *principal.Entry, fresh string, negated bool) {
	switch p.Form {
	case principal.FormAnyone:
		switch {
		case p.Kind == principal.Service:
			r.addService("example.amazonaws.com", "*")
		case p.Kind == principal.Federated:
			r.addFederated("example.com", "*")
		case !negated:
			r.addAnyone(fresh)
		}
	case principal.FormAccount:
		r.addAccount(p.Account)
	case principal.FormUser, principal.FormRole, principal.FormSession, principal.FormFederatedUser, principal.FormOther:
		r.addPrincipal(p.Value)
	case principal.FormService:
		r.addService(p.Value, p.Value)
	case principal.FormFederated:
		r.addFederated(p.Value, p.Value)
	case principal.FormCanonical:
		if class := (Class{Kind: CanonicalUser, Value: p.Value}); r.isNew(class) {
			r.add(Candidate{Class: class, Principal: "arn:" + r.partition + ":iam::" + CanonicalAccount + ":role/example"})
		}
	case principal.FormNobody:
	}
}

// addCondition adds the principals that conditions on principal keys single out.
func (r *List) addCondition(c *policy.Condition) {
	switch c.Key {
	case KeyPrincipalARN, KeyPrincipalAccount:
		for i := range c.Values {
			v := c.Values[i].Raw
			if a, ok := principal.ParseARN(v); ok && principal.IsAccountID(a.Account) && !strings.ContainsAny(v, "*?$") {
				r.addPrincipal(v)
			}
			if id := principal.AccountIn(v); id != "" {
				r.addAccount(id)
			}
		}
	case KeyServiceName:
		for i := range c.Values {
			r.addService(c.Values[i].Raw, c.Values[i].Raw)
		}
	}
}

// Candidate is a class of principals, with what AWS says about them in the request context.
type Candidate struct {
	Class     Class
	Principal string
	Kind      keys.Kind
	Given     []Entry  // sorted by key
	Unnamed   *Unnamed // for a class of everybody in an account whom no policy names
}

// Unnamed means that a principal stands for everybody in its account whom no policy names. Those
// who are named are candidates of their own.
type Unnamed struct {
	Named []string // by Principal elements
}

// addAnyone adds the classes that a wildcard covers.
func (r *List) addAnyone(fresh string) {
	class := Class{Kind: AnyAccount, Value: "*"}
	if !r.isNew(class) {
		return
	}
	c := r.unnamedIn(fresh)
	c.Class = class
	r.add(c)
	r.add(Candidate{
		Class: Class{Kind: Anonymous, Value: principal.Anonymous}, Principal: principal.Anonymous,
		Kind: keys.Unsigned, Given: contextOf(keys.Unsigned),
	})
	r.addFederated("example.com", "*")
}

func (r *List) addAccount(id string) {
	class := Class{Kind: Account, Value: id, Account: id}
	if id == "" || !r.isNew(class) {
		return
	}
	c := r.unnamedIn(id)
	c.Class = class
	r.add(c)
}

// unnamedIn returns the candidate for everybody in an account whom no policy names.
func (r *List) unnamedIn(account string) Candidate {
	prefix := "arn:" + r.partition + ":iam::" + account + ":"
	c := Candidate{
		Principal: prefix + "role/example",
		Kind:      keys.Signed,
		Given:     contextOf(keys.Signed, inAccount(account)),
		Unnamed:   &r.unnamed,
	}
	for slices.Contains(r.unnamed.Named, c.Principal) {
		c.Principal += "-other"
	}
	return c
}

func inAccount(account string) Entry {
	return Entry{KeyPrincipalAccount, "aws:PrincipalAccount", []string{account}}
}

// contextOf returns what is known of every request of a kind, together with what is given.
func contextOf(kind keys.Kind, given ...Entry) []Entry {
	known := Context{Entries: append(make([]Entry, 0, len(given)+2), fixedEntries()[kind]...)}
	for i := range given {
		known.Insert(&given[i])
	}
	return known.Entries
}

// fixedEntries are the keys that always hold one value, by kind of request.
var fixedEntries = sync.OnceValue(func() (all [keys.Provider + 1][]Entry) {
	for kind := range all {
		values := map[string][]string{}
		fixed, _ := keys.Constant(keys.Kind(kind))
		for name, value := range fixed {
			values[name] = []string{value}
		}
		all[kind] = NewContext(values).Entries
	}
	return all
})

func (r *List) addPrincipal(arn string) {
	a, ok := principal.ParseARN(arn)
	class := Class{Kind: Principal, Value: arn, Account: a.Account}
	if !ok || !r.isNew(class) {
		return
	}
	c := Candidate{Class: class, Principal: arn, Kind: keys.Signed}
	values := []string{a.Account, arn}
	account := Entry{KeyPrincipalAccount, "aws:PrincipalAccount", values[:1:1]}
	if a.Service == "sts" && strings.HasPrefix(a.Resource, "assumed-role/") { // the role of a session has a path that the session's ARN does not show
		c.Given = contextOf(keys.Signed, account)
	} else {
		c.Given = contextOf(keys.Signed, account, Entry{KeyPrincipalARN, "aws:PrincipalArn", values[1:]})
	}
	r.add(c)
}

func (r *List) addService(principal, value string) {
	class := Class{Kind: Service, Value: value}
	if !r.isNew(class) {
		return
	}
	r.add(Candidate{
		Class: class, Principal: principal, Kind: keys.Service,
		Given: contextOf(keys.Service, Entry{KeyServiceName, "aws:PrincipalServiceName", []string{principal}}),
	})
}

func (r *List) addFederated(provider, value string) {
	class := Class{Kind: Federated, Value: value, Account: principal.AccountIn(value)}
	if r.isNew(class) {
		r.add(Candidate{Class: class, Principal: provider, Kind: keys.Provider, Given: contextOf(keys.Provider)})
	}
}

// addUnnamedService adds the class of services that no policy names. It comes last, when all names
// are known.
func (r *List) addUnnamedService(fresh string) {
	name := "example.amazonaws.com"
	for r.seen[name]&(1<<Service.rank()) != 0 {
		name = "other-" + name
	}
	r.addService(name, AnyService)
	c := r.Candidates[len(r.Candidates)-1]
	c.Given = contextOf(keys.Service, append(c.Given, inAccount(fresh))...) // a service's account belongs to AWS
}

// Calls reports whether the candidate can call the action at all. A service does not assume a role
// by SAML or web identity. An identity provider that is not given by an ARN does nothing else.
func (c *Candidate) Calls(action string) bool {
	if c.Class.Kind == Service {
		return !principal.IsFederatedAction(action)
	}
	_, arn := principal.ParseARN(c.Principal)
	return c.Class.Kind != Federated || arn || principal.IsFederatedAction(action)
}

// AddGrantee adds the grantee of a KMS grant.
func (r *List) AddGrantee(grantee string) {
	kind := principal.AWS
	if _, ok := principal.ParseARN(grantee); !ok && !principal.IsAccountID(grantee) {
		kind = principal.Service
	}
	e := principal.NewEntry(kind, grantee)
	r.addEntry(&e, r.mentioned.Fresh(), false)
	r.sort()
}
