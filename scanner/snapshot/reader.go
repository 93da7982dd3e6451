package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot/internal/lines"
	"github.com/trailguard/trailguard/scanner/texts"
)

// Reader reads a snapshot as a stream. It implements scanner.Records and is
// not safe for concurrent use.
type Reader struct {
	name     string
	lines    *lines.Reader
	sum      hash.Hash // of every line but the trailer and requests
	requests sealed
	options  json.Options
	header   scanner.Header
	version  int // of the format
	tenants  []scanner.Tenant
	listed   map[string]*listed // exports by tenant
	entries  int                // of all lists
	held     []byte             // the line after the tenants, until Next takes it
	excerpt  bool
	texts    *texts.Store
	counts   trailerLine // what was read; its digest is set at the end
	err      error       // sticky; io.EOF after the last record

	closers []func() error
}

var _ scanner.Records = (*Reader)(nil)

// Open reads the snapshot in a file. The caller closes the reader.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &Error{Name: path, Problem: "open", Advice: "check the name and that it may be read", Err: bare(err)}
	}
	r, err := NewReader(file, path)
	if err != nil {
		_ = file.Close() // it was only read, and the first error says why
		return nil, err
	}
	r.closers = append(r.closers, file.Close)
	return r, nil
}

// Compressed says whether a file is compressed, by its first four bytes rather than
// by its name.
func Compressed(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

// NewReader reads a snapshot from a stream, plain or compressed: the first
// bytes say which. Errors use the name. Header and tenants have been read when
// it returns.
func NewReader(in io.Reader, name string) (*Reader, error) {
	store, err := texts.New()
	if err != nil {
		return nil, err
	}
	r := &Reader{
		name: name, sum: sha256.New(), options: lines.Decoding(), listed: map[string]*listed{}, texts: store,
	}
	buffered := bufio.NewReaderSize(in, 64<<10)
	if head, _ := buffered.Peek(4); Compressed(head) {
		// One frame at a time in the caller's goroutine, and no more memory
		// than zstd's ordinary levels need.
		dec, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, &Error{Name: name, Problem: "decompress", Advice: adviceAltered, Err: err}
		}
		r.closers = append(r.closers, func() error { dec.Close(); return nil })
		buffered = bufio.NewReaderSize(dec, 64<<10)
	}
	r.lines = lines.NewReader(buffered)
	if err := r.intro(); err != nil {
		_ = r.Close() // only the decompressor, which reports no error
		return nil, err
	}
	return r, nil
}

// Close closes the file. It does not say that the snapshot was whole.
func (r *Reader) Close() error {
	var errs []error
	for _, closer := range r.closers {
		errs = append(errs, closer())
	}
	r.closers = nil
	return errors.Join(errs...)
}

// Texts holds the documents read so far. It outlives the reader.
func (r *Reader) Texts() *texts.Store { return r.texts }

// Excerpt says that the snapshot holds only some of the exports that its tenants
// list, on purpose. A missing export is then no error.
func (r *Reader) Excerpt() { r.excerpt = true }

// Header returns the header. Interrupted is set once Next has returned io.EOF.
func (r *Reader) Header() scanner.Header { return r.header }

// Tenants returns all tenants of the snapshot.
func (r *Reader) Tenants() []scanner.Tenant { return r.tenants }

// Digest identifies the snapshot. It is empty until Next has returned io.EOF.
func (r *Reader) Digest() string {
	if !errors.Is(r.err, io.EOF) {
		return ""
	}
	return r.counts.Digest
}

// Interrupted says that the run was stopped before it had collected
// everything. It is known after Next has returned io.EOF.
func (r *Reader) Interrupted() bool { return r.header.Interrupted }

// Next returns the next export with its evidence. After the last it returns
// io.EOF, which also says that the file was whole and unaltered. Any other
// error is an *Error; what was read before must then not be used.
func (r *Reader) Next() (*scanner.Record, error) {
	for r.err == nil {
		line, err := r.line()
		if err != nil {
			r.err = err
			break
		}
		record, err := r.record(line)
		if err != nil {
			r.err = err
			break
		}
		if record != nil {
			return record, nil
		}
	}
	return nil, r.err
}

// record handles one line after the tenants, and returns nil for a document.
func (r *Reader) record(line []byte) (*scanner.Record, error) {
	name, _ := lines.Type(line)
	switch name {
	case typeTrailer:
		return nil, r.trailer(line)
	case typeRequests:
		return nil, r.readRequests(line)
	}
	r.sum.Write(line)
	switch name {
	case typeDocument:
		return nil, r.document(line)
	case typeExport:
		return r.export(line)
	case typeHeader:
		return nil, r.refuse("a second header", nil)
	case typeTenant:
		return nil, r.refuse("a tenant after the first document or export", nil)
	case typeTenantPart:
		return nil, r.refuse("more of a tenant after the first document or export", nil)
	case "":
		return nil, r.refuse("not a record", nil)
	default:
		return nil, r.refuse(fmt.Sprintf("unknown record type %q", name), nil)
	}
}

// line returns the next line. The end of the file is an *Error here too, since
// a whole snapshot ends with its trailer. A line that was cut off is returned
// together with the error: a first line may show that the file is not a
// snapshot at all.
func (r *Reader) line() ([]byte, error) {
	if r.held != nil {
		line := r.held
		r.held = nil
		return line, nil
	}
	line, err := r.lines.Next()
	switch {
	case err == nil:
		return line, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return line, &Error{
			Name: r.name, Line: r.lines.Number(), Problem: "the snapshot ends here without its trailer: it was cut off",
			Advice: "use the whole file, or collect a new snapshot",
		}
	case errors.Is(err, lines.ErrLineTooLong):
		return nil, r.refuse(fmt.Sprintf("a line of more than %d MiB", lines.MaxLine>>20), nil)
	case errors.Is(err, lines.ErrTooMuch):
		return nil, r.refuse(fmt.Sprintf("more than %d GiB of text", lines.MaxTotal>>30), nil)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return nil, r.refuse("decompressing needs too much memory", err)
	default:
		return nil, &Error{Name: r.name, Line: r.lines.Number() + 1, Problem: "read", Advice: adviceAltered, Err: bare(err)}
	}
}

func (r *Reader) refuse(problem string, err error) error {
	return &Error{Name: r.name, Line: r.lines.Number(), Problem: problem, Advice: adviceAltered, Err: err}
}

// decode reads a line strictly.
func (r *Reader) decode(line []byte, into any) error {
	if err := json.Unmarshal(line, into, r.options); err != nil {
		return r.refuse("not a valid record", lines.Describe(err))
	}
	return nil
}
