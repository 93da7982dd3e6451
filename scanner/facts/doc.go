// Package facts derives facts from evidence: what one export configuration
// and its AWS side amount to, in terms that a rule can judge. It owns the Go
// types of the facts, from which the schema of the rules' input is generated.
// It reaches no verdict on whether a fact is good: that is the rules' part.
package facts
