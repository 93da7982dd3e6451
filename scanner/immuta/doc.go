// Package immuta reads a tenant's audit export configurations, over GraphQL or
// from a saved answer. It sends queries only, follows no redirect, and takes
// nothing for an answer that is not one: what Immuta did not tell becomes a
// gap, never a default. It does not judge, and it talks to nobody but the
// tenant.
package immuta
