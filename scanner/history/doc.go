// Package history is the store of runs: what every run collected, how it was
// judged, and when each finding began and ended. It lives in an SQLite file, or
// in a Postgres database that a fleet shares; both run the same statements.
//
// Only what changes is stored. An export's record gets a row when it differs
// from the one before, documents are kept once by their SHA-256, and of an
// unchanged export a run keeps little more than that it was seen and when.
// From that the run's snapshot comes back, byte for byte.
//
// A run is recorded shard by shard, one transaction each, and counts from its
// end on: a run that was killed leaves no trace once the next one begins. The
// end of every run, each approval and each pruning add an entry to the ledger,
// whose entries are chained by their hashes and cover the rows that they speak
// of; Verify names what was altered since.
//
// The package judges nothing: it takes results, keeps them, and relates them
// to earlier ones.
package history
