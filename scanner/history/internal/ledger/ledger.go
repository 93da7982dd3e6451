// Package ledger is a chain of entries, each of which covers the one before by
// its hash. The last hash tells whether any entry was altered or removed. The
// package stores nothing and reads nothing; its caller keeps the entries.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// Kind says what an entry is about.
type Kind string

// The kinds of entries.
const (
	Run      Kind = "run"      // a run has ended
	Approval Kind = "approval" // somebody approved a snapshot
	Prune    Kind = "prune"    // the content of old runs was removed
)

// Entry is one link of the chain.
type Entry struct {
	ID       int64 // 1, 2, 3 …
	Kind     Kind
	Subject  int64 // the run, or the first run that a pruning kept
	Body     string
	Previous string // hash of the entry before; empty for the first
	Hash     string
}

// Next returns the entry that follows the last one; the zero Entry stands for
// an empty ledger.
func Next(last Entry, kind Kind, subject int64, body string) Entry {
	e := Entry{ID: last.ID + 1, Kind: kind, Subject: subject, Body: body, Previous: last.Hash}
	e.Hash = e.sum()
	return e
}

// sum is the hash that the entry should have.
func (e *Entry) sum() string {
	return Digest("trailguard-ledger/3", strconv.FormatInt(e.ID, 10), string(e.Kind), strconv.FormatInt(e.Subject, 10), e.Body, e.Previous)
}

// Digest is the SHA-256 of a list of texts. It covers their lengths too, so
// that no two lists give the same bytes.
func Digest(texts ...string) string {
	sum := sha256.New()
	for _, t := range texts {
		_, _ = fmt.Fprintf(sum, "%d:", len(t)) // writing to a hash never fails
		sum.Write([]byte(t))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Check checks a whole chain in order, and reports what is wrong with each
// entry that is not as it was written.
func Check(entries []Entry, report func(problem string)) {
	previous, next := "", int64(1)
	for i := range entries {
		e := &entries[i]
		switch {
		case e.ID != next:
			report(fmt.Sprintf("entry %d is missing", next))
		case e.Previous != previous:
			report(fmt.Sprintf("entry %d does not follow the entry before it", e.ID))
		case e.sum() != e.Hash:
			report(fmt.Sprintf("entry %d was altered", e.ID))
		}
		previous, next = e.Hash, e.ID+1
	}
}

// Holds says whether the chain has an entry with this hash: then the chain that
// once ended with it is still part of this one.
func Holds(entries []Entry, hash string) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Hash == hash })
}
