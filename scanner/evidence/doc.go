// Package evidence makes and reads evidence packs: an archive that holds what was
// judged, what it was judged by and what came of it, a manifest with the SHA-256 of
// each of those files, and an attestation over the manifest. It signs, and says who
// signed; whether the judging comes out the same is for whoever can judge.
//
// The attestation is three files. A detached signature over the manifest, which
// ssh-keygen or openssl verify alone; a time stamp over that signature (RFC 3161),
// where one was asked for; and a DSSE envelope with a statement of in-toto, by the
// same key, that names the manifest, the other two files and what came of the judging.
//
// A reader takes nothing for granted that the pack says. The key comes from outside;
// before it is found good, nothing of the content is read but the manifest. Every byte
// of every file is covered: of the content by the manifest, of the attestation by the
// signatures and by there being one way to write each of its files.
package evidence
