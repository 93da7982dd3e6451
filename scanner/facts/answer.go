package facts

import "github.com/trailguard/trailguard/scanner"

// answer is one fact while it is derived: its value, where it is known, and
// its status.
type answer[T any] struct {
	value *T
	scanner.FactStatus
}

// known is a fact that the evidence decides.
func known[T any](value T, status scanner.FactStatus) answer[T] {
	status.State = scanner.FactKnown
	return answer[T]{value: &value, FactStatus: status}
}

// open is a fact without a value, unknown or not applicable as its status says.
func open[T any](status scanner.FactStatus) answer[T] {
	return answer[T]{FactStatus: status}
}

// unknown is the status of a fact that rests on gaps.
func unknown(resource, because string, gaps ...scanner.Gap) scanner.FactStatus {
	return scanner.FactStatus{State: scanner.FactUnknown, Because: because, Resource: resource, Gaps: gaps}
}

// notApplicable is the status of a fact that has no subject.
func notApplicable(resource, because string) scanner.FactStatus {
	return scanner.FactStatus{State: scanner.FactNotApplicable, Because: because, Resource: resource}
}

// note is a reason without a statement.
func note(at, text string) scanner.Reason {
	return scanner.Reason{At: at, Index: -1, Note: text}
}

// rests builds the status of a known fact from the documents it rests on and
// its reasons.
func rests(resource string, evidence []string, reasons ...scanner.Reason) scanner.FactStatus {
	return scanner.FactStatus{Resource: resource, Evidence: evidence, Reasons: reasons}
}
