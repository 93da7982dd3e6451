// Package snapshot is the file format of everything that a run collected: JSON
// Lines, compressed with zstd when the name ends in .zst. A baseline is a
// snapshot, a replay reads one, and so do tests.
//
// The lines are, in this order: one header; the tenants, each with the ids of its
// configurations, on several lines where there are many; export records, each preceded by
// the documents that it is the first to refer to; and a trailer with the counts of each
// and a digest. The digest is the SHA-256 of every byte before its own value, of the text
// without compression. So it also covers the counts and whether the run was interrupted.
// The same records give the same bytes.
//
// Reading is strict: a file that was cut off, altered or written by another
// program is refused with the line and what to do. Only the reader's io.EOF
// says that the file is whole; without it, do not trust what came before.
//
// The package judges nothing and collects nothing.
package snapshot
