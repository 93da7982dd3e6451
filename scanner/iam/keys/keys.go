// Package keys is the one table of condition keys: what AWS puts under each of them into the kinds
// of request that the rules are about. It knows no policy and decides nothing. A key stays open
// wherever a request that nobody has seen could hold another value.
package keys

import (
	"strings"
	"sync"
)

// What the keys for tags begin with: of the caller, of the resource, and of a bucket.
const (
	PrincipalTag = "aws:PrincipalTag/"
	ResourceTag  = "aws:ResourceTag/"
	BucketTag    = "s3:BucketTag/"
)

// Under says that a key is one of those that begin alike, whatever its case.
func Under(family, key string) bool {
	return len(key) > len(family) && strings.EqualFold(key[:len(family)], family)
}

// Kind is a kind of request.
type Kind uint8

// The kinds of request.
const (
	// Unstated is a request of which only its own context is known.
	Unstated Kind = iota
	// RoleUpload is an upload by the session of the role that Immuta assumed.
	RoleUpload
	// UserUpload is an upload with the access key of a user.
	UserUpload
	// RoleKeyUse is the request that S3 makes of KMS for a RoleUpload, UserKeyUse for a UserUpload.
	RoleKeyUse
	UserKeyUse
	// Assume is Immuta's request to assume the role.
	Assume
	// Signed is a request by anybody with an AWS account.
	Signed
	// Unsigned is a request by anybody without credentials.
	Unsigned
	// Service is a request that an AWS service makes in its own name, to assume a role or on a bucket.
	Service
	// Provider is a request to assume the role as the user of an identity provider.
	Provider
)

// State says what is known of a key in a kind of request.
type State uint8

// The states.
const (
	// Open: absent, or any value.
	Open State = iota
	// Absent: the request never has it.
	Absent
	// Present: never absent, any value.
	Present
	// Fixed: always this value.
	Fixed
	// OneOf: one of these values. An empty one is absence.
	OneOf
	// Given: what is known of the particular request holds the value. Where nothing does, the key
	// is open.
	Given
	// Now: the time of the request.
	Now
	// same: as in the upload that S3 serves; sameSession: that holds for a session only.
	same
	sameSession
)

// Cell is what is known of one key in one kind of request.
type Cell struct {
	State  State
	Values []string // of Fixed and OneOf; of Given: whose value it is, in words
}

// Key is a row of the table. A Name that ends in "/" or ":" stands for many keys that begin with
// it.
type Key struct {
	Name string
	// List means that the key may hold several values.
	List bool
	// Declared means that the operator may declare the key's values in Immuta's requests, where it
	// is open.
	Declared bool
	// Free means that the caller chooses the key's value, so that demanding a value keeps nobody
	// out.
	Free bool

	RoleUpload, UserUpload, KeyUse, Assume, Signed, Unsigned, Service, Provider Cell

	cells [Provider + 1]Cell // what Of returns, by kind
}

// Of returns what is known of the key in a kind of request.
func (k *Key) Of(kind Kind) Cell {
	if k.isForeign(kind) {
		return absent
	}
	switch kind {
	case RoleUpload:
		return k.RoleUpload
	case UserUpload:
		return k.UserUpload
	case RoleKeyUse:
		if k.KeyUse.State == same || k.KeyUse.State == sameSession {
			return k.RoleUpload
		}
		return k.KeyUse
	case UserKeyUse:
		switch k.KeyUse.State {
		case same:
			return k.UserUpload
		case sameSession:
			return Cell{}
		default:
			return k.KeyUse
		}
	case Assume:
		return k.Assume
	case Signed:
		return k.Signed
	case Unsigned:
		return k.Unsigned
	case Service:
		return k.Service
	case Provider:
		return k.Provider
	case Unstated:
	}
	return Cell{}
}

// isForeign reports whether the key belongs to a service to which requests of this kind do not go.
func (k *Key) isForeign(kind Kind) bool {
	service, _, _ := strings.Cut(k.Name, ":")
	switch kind {
	case RoleUpload, UserUpload:
		return service == "kms" || service == "sts"
	case RoleKeyUse, UserKeyUse:
		return service == "s3" || service == "sts"
	case Assume:
		return service == "s3" || service == "kms"
	case Unstated, Signed, Unsigned, Service, Provider:
	}
	return false
}

// DeclaredIn reports whether the operator may declare the key for Immuta's requests of a kind.
func (k *Key) DeclaredIn(kind Kind) bool {
	switch kind {
	case RoleUpload, UserUpload, Assume:
	case RoleKeyUse, UserKeyUse:
		if k.KeyUse.State != same {
			return false // what holds for the upload need not hold for this request
		}
	case Unstated, Signed, Unsigned, Service, Provider:
		return false
	}
	state := k.Of(kind).State
	return k.Declared && (state == Open || state == Present || state == OneOf)
}

// All returns the table, in the order of its sections.
func All() []Key { return table() }

var table = sync.OnceValue(func() []Key {
	var all []Key
	for _, section := range [][]Key{principalKeys(), sessionKeys(), networkKeys(), resourceKeys(), requestKeys(), s3Keys(), kmsKeys(), stsKeys()} {
		all = append(all, section...)
	}
	for i := range all {
		for kind := range all[i].cells {
			all[i].cells[kind] = all[i].Of(Kind(kind))
		}
	}
	return all
})

// index finds a row by its name in lower case.
var index = sync.OnceValue(func() map[string]*Key {
	rows := table()
	byName := make(map[string]*Key, len(rows))
	for i := range rows {
		byName[strings.ToLower(rows[i].Name)] = &rows[i]
	}
	return byName
})

// Find returns the row of a key, and nil for a key that is not in the table.
func Find(name string) *Key { return find(strings.ToLower(name)) }

func find(lower string) *Key {
	rows := index()
	if k := rows[lower]; k != nil {
		return k
	}
	for i := len(lower) - 1; i > 0; i-- {
		if c := lower[i]; c == '/' || c == ':' {
			if k := rows[lower[:i+1]]; k != nil && i+1 < len(lower) {
				return k
			}
		}
	}
	return nil
}

// Single reports whether a key is known to hold one value.
func Single(name string) bool {
	k := Find(name)
	return k != nil && !k.List
}

// In returns what is known of a key, given in lower case, in a kind of request. A key that is not in
// the table is open.
func In(kind Kind, lower string) Cell {
	if kind == Unstated {
		return Cell{}
	}
	if k := find(lower); k != nil {
		return k.cells[kind]
	}
	return Cell{}
}

// Constant returns, for a kind of request, the keys that always hold one value, and the keys that
// hold the time of the request.
func Constant(kind Kind) (values map[string]string, times []string) {
	values = map[string]string{}
	rows := table()
	for i := range rows {
		switch c := rows[i].Of(kind); c.State {
		case Fixed:
			values[rows[i].Name] = c.Values[0]
		case Now:
			times = append(times, rows[i].Name)
		default:
		}
	}
	return values, times
}

// Owner returns the keys that hold the account that owns the resource.
func Owner() []string { return []string{"aws:ResourceAccount", "s3:ResourceAccount"} }

// PlainHTTP returns what is known of a request over plain HTTP. No service makes one: services use
// TLS, also where they pass on a request.
func PlainHTTP() map[string]string {
	return map[string]string{"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}
}
