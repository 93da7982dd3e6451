// Package overlay shows a snapshot as it would be after a change: some documents
// are replaced by what they would be, and everything else stays as it was read.
// What follows from a replaced document by somebody else's opinion becomes a gap,
// since nobody has asked.
package overlay
