// Package texts holds a great many texts by their digests, most of them
// compressed: in memory, and beyond what a fleet of 100,000 exports has in a
// temporary file without a name. A snapshot's reader keeps documents here, since
// any later export may refer to any earlier document, and a comparison keeps
// what it has to look up again. The package does not know what the texts say.
package texts
