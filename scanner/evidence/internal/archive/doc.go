// Package archive writes and reads the archives of evidence packs: a tar file
// compressed by gzip, or a zip file. What is written is the same bytes for the same
// content: entries come sorted, and modes, owners and times are fixed.
//
// Reading is strict and streams. It takes nothing but what the package writes: no
// folder, link or device, no name that leads out of a folder, twice, or differs from
// another by case alone, nothing before, between or after the entries, and no more
// than a bound. It trusts nobody and knows nothing of what the entries hold.
package archive
