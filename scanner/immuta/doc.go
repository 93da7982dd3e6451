// Package immuta reads a tenant's audit export configurations, over GraphQL or
// from a saved answer. It sends queries only, follows no redirect, and takes
// nothing for an answer that is not one: what Immuta did not tell becomes a
// gap, never a default. It does not judge, and it talks to nobody but the
// tenant.
//
// The package itself asks: it chooses the form of the query and the
// authorization. Below internal, query writes the queries, transport guards
// what is sent and received, answer reads the envelope, listing makes records
// of the list, failure is the one error, and redact keeps secrets out.
package immuta
