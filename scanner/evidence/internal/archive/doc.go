// Package archive writes and reads the archives of evidence packs: a tar file
// compressed by gzip, or a zip file. The same content gives the same bytes: entries
// are sorted, and modes, owners and times are fixed.
//
// Reading is strict and streams. It accepts only what the package writes: no folder,
// link or device; no name that leads out of the folder, comes twice, or differs from
// another by case alone; nothing before, between or after the entries; and no more
// than a bound. The package trusts no archive, and does not know what the entries
// hold.
package archive
