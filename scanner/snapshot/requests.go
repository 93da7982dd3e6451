package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot/internal/lines"
)

// The ids of requests stand on lines of their own, and the digest of a snapshot does
// not cover them: two snapshots are the same where the same was read, and a history,
// for which so much chance would be dear, gives back the same snapshot without them. A
// digest of theirs closes the file.

// requestsLine holds the ids of the requests that the evidence of the next export came
// from, in its order; an empty one: the service gave none.
type requestsLine struct {
	Record string   `json:"record"`
	Export string   `json:"export"`
	IDs    []string `json:"ids"`
}

// requestsTrailerLine covers all lines of requests, and the snapshot that they belong
// to.
type requestsTrailerLine struct {
	Record string `json:"record"`
	Digest string `json:"digest"`
}

// sealed is what is known of the lines of requests so far.
type sealed struct {
	wanted  bool          // by whoever writes
	sum     hash.Hash     // nil: there was none
	pending *requestsLine // read, and not its export
}

func (s *sealed) hash() hash.Hash {
	if s.sum == nil {
		s.sum = sha256.New()
	}
	return s.sum
}

// seal is the digest of all lines, and of the snapshot.
func (s *sealed) seal(digest string) string {
	s.sum.Write([]byte(digest))
	return hex.EncodeToString(s.sum.Sum(nil))
}

// writeRequests writes the ids of the requests of the export that follows, where there
// are any.
func (w *Writer) writeRequests(c *scanner.ExportConfiguration, evidence []scanner.Evidence) {
	if !w.requests.wanted {
		return
	}
	line := requestsLine{Record: typeRequests, Export: c.ID, IDs: make([]string, len(evidence))}
	known := false
	for i := range evidence {
		line.IDs[i] = evidence[i].RequestID
		known = known || line.IDs[i] != ""
	}
	if known {
		w.writeInto(w.requests.hash(), line)
	}
}

// sealRequests ends the file, after the trailer.
func (w *Writer) sealRequests() {
	if w.err == nil && w.requests.sum != nil {
		digest := w.requests.seal(w.counts.Digest)
		w.writeInto(sha256.New(), requestsTrailerLine{Record: typeRequestsTrailer, Digest: digest})
	}
}

func (r *Reader) readRequests(line []byte) error {
	if r.version < FormatVersion {
		return r.refuse(fmt.Sprintf("requests, which formatVersion %d does not have", r.version), nil)
	}
	if err := r.noneDangling(); err != nil {
		return err
	}
	r.requests.pending = &requestsLine{}
	sum := r.requests.hash()
	sum.Write(line)
	return r.decode(line, r.requests.pending)
}

// noneDangling refuses requests whose export does not follow.
func (r *Reader) noneDangling() error {
	if r.requests.pending == nil {
		return nil
	}
	return r.refuse(fmt.Sprintf("requests of export %q, and nothing follows about it", r.requests.pending.Export), nil)
}

// takeRequests gives the evidence of an export its ids, where the line before has them.
func (r *Reader) takeRequests(export *exportLine) error {
	p := r.requests.pending
	if p == nil {
		return nil
	}
	if p.Export != export.Configuration.ID || len(p.IDs) != len(export.Evidence) {
		return r.refuse(fmt.Sprintf("requests of export %q with %d ids before export %q with %d documents", p.Export, len(p.IDs), export.Configuration.ID, len(export.Evidence)), nil)
	}
	for i, id := range p.IDs {
		export.Evidence[i].RequestID = id
	}
	r.requests.pending = nil
	return nil
}

// requestsTrailer reads what closes the lines of requests, after the trailer of the
// snapshot with a digest.
func (r *Reader) requestsTrailer(digest string) error {
	if err := r.noneDangling(); err != nil {
		return err
	}
	if r.requests.sum == nil {
		return nil
	}
	line, err := r.line()
	if err != nil {
		return err
	}
	want, err := json.Marshal(requestsTrailerLine{Record: typeRequestsTrailer, Digest: r.requests.seal(digest)}, lines.Encoding())
	if err != nil || !bytes.Equal(line, append(want, '\n')) {
		return r.refuse("the ids of requests do not match their digest: they were altered", nil)
	}
	return nil
}
