// Package history is the store of runs: what every run collected, how it was
// judged, and when each finding began and ended. It lives in an SQLite file, or
// in a Postgres database that a fleet shares; both run the same statements.
//
// A run is kept whole, shard by shard: the records of some 500 exports
// (package body), their findings, and what each export is compared by. Each of
// these texts is compressed against that of an earlier run, the key run
// (package delta), so that what is as it was takes next to nothing. Documents
// are kept once, by their SHA-256. From that the run's snapshot comes back,
// byte for byte.
//
// A shard is one transaction, and a run counts from its end on: a run that was
// killed leaves no trace but documents once the next one begins. The end of
// every run, each approval and each pruning add an entry to the ledger (package
// ledger), which covers the rows that it speaks of. Verify names what was
// altered since.
//
// The package judges nothing: it takes results, keeps them, and relates them
// to earlier ones.
package history
