// Package waiver reads the file in which an operator writes down which
// findings and which gaps are lived with, by whose word, why and until when,
// and says what became of each entry in a run.
//
// A waiver attaches to a fail and leaves it a fail. It never attaches to an
// unknown or an error: what was not looked at cannot be waived. A gap that is
// accepted stays visible, and its findings stay unknown; only the run is no
// longer incomplete on its account.
package waiver
