// Package snapshot is the file format of everything a run collected: JSON
// Lines, compressed with zstd when the name ends in .zst. A baseline is a
// snapshot, offline mode replays one, and a test's input is one.
//
// The lines are, in this order: one header; the tenants, each with the ids of
// its configurations, a large one's on several lines; export records, each preceded by those documents it
// refers to that no earlier line held; and a trailer with the counts of each
// and a digest. The digest is the SHA-256 of every byte before its own value
// (of the text, not of the compression), so that it also covers the counts and
// whether the run was interrupted. The same records give the same bytes.
//
// Reading is strict: a file that was cut off, altered or written by something
// else is refused with the line and what to do. Only the reader's io.EOF says
// that the file was whole; what came before is not to be trusted without it.
//
// The package judges nothing and collects nothing.
package snapshot
