// Package immuta reads a tenant's audit export configurations, over GraphQL or
// from a saved answer. It sends queries only and follows no redirect. Whatever
// is not a proper answer counts as none, and what Immuta did not say becomes a
// gap, never a default. It judges nothing, and sends requests to the tenant
// only.
//
// The package itself chooses the form of the query and the authorization. Below
// internal, query writes the queries, transport guards what is sent and
// received, answer reads the envelope, listing makes records of the list, and
// failure is the one error.
package immuta
