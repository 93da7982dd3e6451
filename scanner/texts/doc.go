// Package texts holds a great many texts in memory by their digests, most of
// them compressed. A snapshot's reader keeps documents here, since any later
// export may refer to any earlier document, and a comparison keeps what it has
// to look up again. The package does not know what the texts say, and writes no
// file.
package texts
