// Package history is the store of runs: what every run collected, how it was
// judged, and when each finding began and ended. It lives in an SQLite file, or
// in a Postgres database that a fleet shares; both run the same statements.
//
// The ledger (package ledger) has an entry for every run that ended, for each
// approval and for each pruning. It is the list of runs: a run counts from its
// entry on, and what the entry says is true for as long as the chain holds.
//
// What a run holds is kept in parts, which the entry covers: its exports shard by
// shard, some 500 of them in one transaction; its findings; those that are open
// after it, each with its first run; those that it ended; and its results. A part is
// compressed against the same part of an earlier run, the key run (package delta),
// so that what has not changed takes next to nothing. Documents are kept once, by
// their SHA-256, and so is the record of an export without what moves by itself
// (package body). Together they give back the run's snapshot, byte for byte, but
// for the ids of requests, which are not kept.
//
// A killed run leaves parts behind that no entry covers. Nothing refers to
// them, and the next run removes them.
//
// What others are to be told of a run is put into the outbox in the transaction
// that ends the run, and stays there until they have it. No entry covers the
// outbox.
//
// The package judges nothing: it takes reports, keeps them, and relates them to
// earlier ones.
package history
