package snapshot

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot/internal/lines"
	"github.com/trailguard/trailguard/scanner/wholefile"
)

// Writer writes a snapshot as a stream. It keeps only the digest of each
// document. It is not safe for concurrent use.
type Writer struct {
	out      *bufio.Writer
	sum      hash.Hash // of every byte that was written, but for requests
	requests sealed
	line     []byte // reused
	options  json.Options
	tenants  map[string]bool
	seen     map[[sha256.Size]byte]struct{}
	counts   trailerLine
	err      error // the first; a snapshot with a hole is worthless

	compressor *zstd.Encoder   // nil: plain text
	file       *wholefile.File // nil: the caller's writer
}

// NewWriter starts a snapshot on w, uncompressed. All tenants come before the
// first record: the reader needs their ids.
func NewWriter(w io.Writer, h scanner.Header, tenants []scanner.Tenant) (*Writer, error) {
	s := &Writer{
		out:     bufio.NewWriterSize(w, 64<<10),
		sum:     sha256.New(),
		options: lines.Encoding(),
		tenants: make(map[string]bool, len(tenants)),
		seen:    map[[sha256.Size]byte]struct{}{},
	}
	return s, s.open(h, tenants)
}

// Create starts a snapshot that appears at path when it is closed; it is
// compressed when the name ends in .zst. Defer Discard.
func Create(path string, h scanner.Header, tenants []scanner.Tenant) (*Writer, error) {
	file, err := wholefile.Create(path)
	if err != nil {
		return nil, err
	}
	var out io.Writer = file
	var compressor *zstd.Encoder
	if strings.HasSuffix(path, Extension) {
		if compressor, err = zstd.NewWriter(file, zstd.WithEncoderConcurrency(1)); err != nil {
			file.Discard()
			return nil, fmt.Errorf("compress %s: %w", path, err)
		}
		out = compressor
	}
	w, err := NewWriter(out, h, tenants)
	w.file, w.compressor = file, compressor
	if err != nil {
		w.Discard()
		return nil, err
	}
	return w, nil
}

func (w *Writer) open(h scanner.Header, tenants []scanner.Tenant) error {
	w.requests.wanted = h.Requests
	w.write(headerLine{
		Record: typeHeader, Format: Format, FormatVersion: version(&h, tenants),
		ToolVersion: h.ToolVersion, CollectedAt: h.CollectedAt.UTC(), Settings: h.Settings,
	})
	for _, tenant := range tenants {
		if w.tenants[tenant.Name] {
			w.fail(fmt.Errorf("tenant %q is listed twice", tenant.Name))
		}
		w.tenants[tenant.Name] = true
		tenant.ConfigurationIDs = slices.Sorted(slices.Values(tenant.ConfigurationIDs))
		tenant.Principals = slices.Sorted(slices.Values(tenant.Principals))
		tenant.Destinations = slices.SortedFunc(slices.Values(tenant.Destinations), func(a, b scanner.Destination) int { return strings.Compare(a.ID, b.ID) })
		tenant.Gaps = sortedGaps(tenant.Gaps)
		w.tenant(&tenant)
		w.counts.Tenants++
	}
	return w.err
}

// Record adds one export with its evidence and gaps. The record is not changed;
// the snapshot holds its lists sorted.
func (w *Writer) Record(record scanner.Record) error {
	configuration := record.Configuration
	if !w.tenants[configuration.Tenant] {
		w.fail(fmt.Errorf("export %q belongs to tenant %q, which the snapshot does not list", configuration.ID, configuration.Tenant))
	}
	configuration.CreatedAt = utc(configuration.CreatedAt)
	configuration.UpdatedAt = utc(configuration.UpdatedAt)
	evidence, err := sortedEvidence(record.Evidence)
	if err != nil {
		w.fail(fmt.Errorf("export %q: %w", configuration.ID, err))
	}
	for i := range evidence {
		w.document(&evidence[i])
	}
	w.writeRequests(&configuration, evidence)
	w.write(exportLine{Record: typeExport, Configuration: configuration, Evidence: evidence, Gaps: sortedGaps(record.Gaps)})
	w.counts.Exports++
	return w.err
}

// document writes a text before its first use.
func (w *Writer) document(e *scanner.Evidence) {
	sum := sha256.Sum256([]byte(e.Text))
	if e.Digest != hex.EncodeToString(sum[:]) {
		w.fail(fmt.Errorf("%s: the digest is not that of the text", e.Ref()))
		return
	}
	if e.Absent && e.Text != "" {
		w.fail(fmt.Errorf("%s: absent, and yet with a text", e.Ref()))
		return
	}
	if _, seen := w.seen[sum]; seen || e.Text == "" {
		return
	}
	w.seen[sum] = struct{}{}
	line := documentLine{Record: typeDocument, Digest: e.Digest, Text: e.Text}
	if !utf8.ValidString(e.Text) {
		line.Text, line.Base64 = "", []byte(e.Text)
	}
	w.write(line)
	w.counts.Documents++
}

// Close writes the trailer and, for a snapshot made by Create, puts the file
// in its place. It returns the snapshot's digest.
func (w *Writer) Close(interrupted bool) (string, error) {
	defer w.Discard()
	if w.err == nil {
		w.trailer(interrupted)
		w.sealRequests()
	}
	if w.err == nil {
		w.fail(w.out.Flush())
	}
	if w.err == nil && w.compressor != nil {
		w.fail(w.compressor.Close())
	}
	if w.err == nil && w.file != nil {
		w.fail(w.file.Commit())
	}
	if w.err != nil {
		return "", w.err
	}
	digest := w.counts.Digest
	w.fail(errors.New("the snapshot is closed"))
	return digest, nil
}

// trailer writes the digest by hand, since the digest covers the beginning of
// its own line.
func (w *Writer) trailer(interrupted bool) {
	w.counts.Record, w.counts.Interrupted = typeTrailer, interrupted
	head, err := trailerHead(w.counts)
	if err != nil {
		w.fail(err)
		return
	}
	w.sum.Write(head)
	w.emit(head)
	w.counts.Digest = hex.EncodeToString(w.sum.Sum(nil))
	w.emit([]byte(w.counts.Digest + trailerEnd))
}

// trailerEnd is what follows the digest's value.
const trailerEnd = "\"}\n"

// trailerHead is the trailer's line up to its digest's value.
func trailerHead(counts trailerLine) ([]byte, error) {
	counts.Digest = ""
	line, err := json.Marshal(counts, lines.Encoding())
	if err != nil {
		return nil, fmt.Errorf("write the trailer: %w", err)
	}
	return line[:len(line)-len(`"}`)], nil
}

// Discard removes an unfinished snapshot and leaves no file behind. It does
// nothing after Close.
func (w *Writer) Discard() {
	if w.file != nil {
		w.file.Discard()
	}
	w.fail(errors.New("the snapshot was given up"))
}

func (w *Writer) write(line any) { w.writeInto(w.sum, line) }

// writeInto writes a line that a sum covers.
func (w *Writer) writeInto(sum hash.Hash, line any) {
	if w.err != nil {
		return
	}
	encoded, err := json.Marshal(line, w.options)
	if err != nil {
		w.fail(fmt.Errorf("write snapshot: %w", err))
		return
	}
	if len(encoded) >= lines.MaxLine {
		w.fail(fmt.Errorf("write snapshot: a line of %d bytes is longer than can be read again (%d)", len(encoded), lines.MaxLine))
		return
	}
	w.line = append(append(w.line[:0], encoded...), '\n')
	sum.Write(w.line)
	w.emit(w.line)
}

func (w *Writer) emit(p []byte) {
	if _, err := w.out.Write(p); err != nil {
		w.fail(err)
	}
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// sortedEvidence returns a sorted copy. A document given twice is kept once.
// Two documents for one reference are an error: which of them is right is not
// known.
func sortedEvidence(list []scanner.Evidence) ([]scanner.Evidence, error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, scanner.CompareEvidence)
	var err error
	list = slices.CompactFunc(list, func(a, b scanner.Evidence) bool {
		if scanner.CompareEvidence(a, b) != 0 {
			return false
		}
		if a.Digest != b.Digest || a.Absent != b.Absent {
			err = fmt.Errorf("two different documents for %s", a.Ref())
		}
		return true
	})
	for i := range list {
		list[i].CollectedAt = utc(list[i].CollectedAt)
	}
	return list, err
}

// sortedGaps returns a sorted copy, without what judging adds.
func sortedGaps(list []scanner.Gap) []scanner.Gap {
	list = slices.Clone(list)
	for i := range list {
		list[i].Accepted = nil
	}
	slices.SortStableFunc(list, scanner.CompareGaps)
	return list
}
