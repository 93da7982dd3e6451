package history

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// encoding gives back exactly what it was given, down to nil lists.
func encoding() json.Options {
	return json.JoinOptions(json.Deterministic(true), json.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true))
}

// isVolatile says that a kind of document differs from run to run while
// nothing about the export does: what arrived last, when a key was used last.
// Such documents are kept with the run, and are no change of the record.
func isVolatile(kind document.Kind) bool {
	return kind == document.KindDelivery || kind == document.KindAccessKeys
}

// packedRecord is a record taken apart into what may change and what differs
// from run to run anyway: times, request ids and volatile documents.
type packedRecord struct {
	record        *scanner.Record
	configuration []byte
	gaps          []byte
	digest        key // of the record without what differs anyway
	keys          []key
}

const (
	flagAbsent   = 1
	flagVolatile = 2
)

func evidenceFlags(e *scanner.Evidence) uint64 {
	var flags uint64
	if e.Absent {
		flags |= flagAbsent
	}
	if isVolatile(e.Kind) {
		flags |= flagVolatile
	}
	return flags
}

// packRecord takes a record apart. The writer is written over, so that one
// serves many records in turn.
func packRecord(record *scanner.Record, w *writer) (*packedRecord, error) {
	id := record.Configuration.ID
	p := &packedRecord{record: record, keys: make([]key, len(record.Evidence))}
	var err error
	if p.configuration, err = json.Marshal(record.Configuration, encoding()); err != nil {
		return nil, fmt.Errorf("pack export %s: %w", id, err)
	}
	if p.gaps, err = packGaps(record.Gaps); err != nil {
		return nil, fmt.Errorf("pack export %s: %w", id, err)
	}
	w.b = w.b[:0]
	w.text("record/1")
	w.bytes(p.configuration)
	w.number(uint64(len(record.Evidence)))
	for i := range record.Evidence {
		e := &record.Evidence[i]
		if p.keys[i], err = parseKey(e.Digest); err != nil {
			return nil, fmt.Errorf("pack export %s: %s: %w", id, e.Ref(), err)
		}
		w.text(string(e.Kind))
		w.text(e.Call)
		w.text(e.Resource)
		w.text(e.Name)
		w.number(evidenceFlags(e))
		if !isVolatile(e.Kind) {
			w.raw(p.keys[i][:])
		}
	}
	w.bytes(p.gaps)
	p.digest = sha256.Sum256(w.b)
	return p, nil
}

// packGaps leaves out what differs from run to run, and what judging adds.
func packGaps(gaps []scanner.Gap) ([]byte, error) {
	if len(gaps) == 0 {
		return nil, nil
	}
	gaps = slices.Clone(gaps)
	for i := range gaps {
		gaps[i].RequestID, gaps[i].Accepted = "", nil
	}
	return json.Marshal(gaps, encoding())
}

// payload is what a version's row leads to. The ids are those of blobs.
func (p *packedRecord) payload(ids func(key) int64) []byte {
	table := make([]string, 0, 4*len(p.record.Evidence))
	number := func(s string) uint64 {
		for i := len(table) - 1; i >= 0; i-- { // faster than a map: neighbours have most in common
			if table[i] == s {
				return uint64(i)
			}
		}
		table = append(table, s)
		return uint64(len(table) - 1)
	}
	var refs writer
	last := int64(0)
	for i := range p.record.Evidence {
		e := &p.record.Evidence[i]
		refs.number(number(string(e.Kind)))
		refs.number(number(e.Call))
		refs.number(number(e.Resource))
		refs.number(number(e.Name))
		refs.number(evidenceFlags(e))
		if !isVolatile(e.Kind) {
			id := ids(p.keys[i]) // 0: the empty text
			refs.signed(id - last)
			last = id
		}
	}
	w := writer{}
	w.bytes(p.configuration)
	w.number(uint64(len(table)))
	for _, s := range table {
		w.text(s)
	}
	w.number(uint64(len(p.record.Evidence)))
	w.raw(refs.b)
	w.bytes(p.gaps)
	return w.b
}

// keptRecord is a record as its version holds it.
type keptRecord struct {
	record scanner.Record // without texts, digests and times
	blobs  []int64        // of each piece of evidence; volatile ones are not known here
	gaps   []byte         // as they were packed
}

func unpackRecord(payload []byte) (*keptRecord, error) {
	r := reader{b: payload}
	k := &keptRecord{}
	if err := json.Unmarshal(r.bytes(), &k.record.Configuration); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	table := make([]string, r.count())
	for i := range table {
		table[i] = r.text()
	}
	entry := func() string {
		if n := r.number(); n < uint64(len(table)) {
			return table[n]
		}
		r.fail()
		return ""
	}
	k.record.Evidence = make([]scanner.Evidence, r.count())
	k.blobs = make([]int64, len(k.record.Evidence))
	last := int64(0)
	for i := range k.record.Evidence {
		e := &k.record.Evidence[i]
		e.Kind, e.Call, e.Resource, e.Name = document.Kind(entry()), entry(), entry(), entry()
		flags := r.number()
		e.Absent = flags&flagAbsent != 0
		if flags&flagVolatile == 0 {
			last += r.signed()
			k.blobs[i] = last
		}
	}
	if k.gaps = r.bytes(); len(k.gaps) > 0 {
		if err := json.Unmarshal(k.gaps, &k.record.Gaps); err != nil {
			return nil, fmt.Errorf("read a record: %w", err)
		}
	}
	return k, r.end()
}

// fill adds the texts of the documents and their digests.
func (k *keptRecord) fill(documents map[int64]storedDocument) error {
	for i := range k.record.Evidence {
		e := &k.record.Evidence[i]
		d := storedDocument{digest: emptyKey}
		if k.blobs[i] != 0 {
			var ok bool
			if d, ok = documents[k.blobs[i]]; !ok {
				return fmt.Errorf("%s: blob %d is missing", e.Ref(), k.blobs[i])
			}
		}
		e.Digest, e.Text = d.digest.String(), d.text
	}
	return nil
}

// keptDigest returns the digest of a record from what its version holds.
func keptDigest(payload []byte, digests map[int64]key) (key, error) {
	k, err := unpackRecord(payload)
	if err != nil {
		return key{}, err
	}
	r := reader{b: payload}
	w := writer{}
	w.text("record/1")
	w.bytes(r.bytes())
	w.number(uint64(len(k.record.Evidence)))
	for i := range k.record.Evidence {
		e := &k.record.Evidence[i]
		w.text(string(e.Kind))
		w.text(e.Call)
		w.text(e.Resource)
		w.text(e.Name)
		w.number(evidenceFlags(e))
		if isVolatile(e.Kind) {
			continue
		}
		d := emptyKey
		if k.blobs[i] != 0 {
			var ok bool
			if d, ok = digests[k.blobs[i]]; !ok {
				return key{}, fmt.Errorf("blob %d, which it refers to, is missing", k.blobs[i])
			}
		}
		w.raw(d[:])
	}
	w.bytes(k.gaps)
	return sha256.Sum256(w.b), nil
}
