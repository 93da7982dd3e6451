package fact

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner"
)

// Of is one fact: a value, how far it can be relied on, and its proof. Rules see the state
// and the value. There is a value where the state is "known", and only there but
// for lists of changes, which are worth reading before they are whole.
type Of[T any] struct {
	scanner.FactStatus
	Value *T `json:"value,omitempty"`
}

// status is the fact without its value.
func (f *Of[T]) status() scanner.FactStatus { return f.FactStatus }

// field is one field of Facts, as its tags describe it.
type field struct {
	index  int
	name   string
	tenant bool // belongs to a tenant, not to an export
}

// fields are all facts in the order of Facts.
var fields = sync.OnceValue(func() []field {
	var list []field
	for f := range reflect.TypeFor[Facts]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		list = append(list, field{f.Index[0], name, f.Tag.Get("scope") == "tenant"})
	}
	return list
})

// Names returns the names of all facts by scope, sorted.
func Names() (export, tenant []string) {
	for _, f := range fields() {
		if f.tenant {
			tenant = append(tenant, f.name)
		} else {
			export = append(export, f.name)
		}
	}
	slices.Sort(export)
	slices.Sort(tenant)
	return export, tenant
}

// Statuses are the statuses of the facts that were derived, by name.
func (f *Facts) Statuses() map[string]scanner.FactStatus {
	derived := make(map[string]scanner.FactStatus, len(fields()))
	values := reflect.ValueOf(f).Elem()
	for _, field := range fields() {
		if value := values.Field(field.index); !value.IsNil() {
			derived[field.name] = value.Interface().(interface{ status() scanner.FactStatus }).status()
		}
	}
	return derived
}

// Known is a fact that the evidence decides.
func Known[T any](value T, status scanner.FactStatus) *Of[T] {
	status.State = scanner.FactKnown
	return &Of[T]{FactStatus: status, Value: &value}
}

// Unresolved is a fact without a value, unknown or not applicable as its status
// says.
func Unresolved[T any](status scanner.FactStatus) *Of[T] { return &Of[T]{FactStatus: status} }

// Unknown is the status of a fact that rests on gaps.
func Unknown(resource, because string, gaps ...scanner.Gap) scanner.FactStatus {
	return scanner.FactStatus{State: scanner.FactUnknown, Because: because, Resource: resource, Gaps: gaps}
}

// NotApplicable is the status of a fact that has no subject.
func NotApplicable(resource, because string) scanner.FactStatus {
	return scanner.FactStatus{State: scanner.FactNotApplicable, Because: because, Resource: resource}
}

// Note is a reason without a statement.
func Note(at, text string) scanner.Reason {
	return scanner.Reason{At: at, Index: -1, Note: text}
}

// Rests builds the status of a known fact from the documents it rests on and
// its reasons.
func Rests(resource string, evidence []string, reasons ...scanner.Reason) scanner.FactStatus {
	return scanner.FactStatus{Resource: resource, Evidence: evidence, Reasons: reasons}
}

// NonNil keeps a list without entries a list in JSON.
func NonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
