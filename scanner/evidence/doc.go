// Package evidence makes and reads evidence packs. A pack is an archive of what was
// judged, by what, and with which result; a manifest with the SHA-256 of each of
// those files; and an attestation over the manifest. The package signs, and says
// who signed. It does not judge, so it cannot say whether judging again gives the
// same result.
//
// The attestation is three files. A detached signature over the manifest, which
// ssh-keygen or openssl can verify; a time stamp over that signature (RFC 3161), where
// one was asked for; and a DSSE envelope with an in-toto statement, signed by the same
// key, that names the manifest, the other two files and the results.
//
// A reader trusts nothing that the pack says. The key comes from outside, and until
// the attestation is verified, only the manifest is read. Every byte of every file is
// covered: the content by the manifest, the attestation by the signatures and by a
// strict format that leaves one way to write each of its files.
package evidence
