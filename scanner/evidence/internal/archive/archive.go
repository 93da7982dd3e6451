package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// Format is a kind of archive.
type Format string

// The formats.
const (
	TarGzip Format = "tar.gz"
	Zip     Format = "zip"
)

const (
	// MaxEntries bounds how many files an archive holds.
	MaxEntries = 100_000
	// MaxTotal bounds the size of all its files, in bytes.
	MaxTotal = 16 << 30
	// MaxName is how long a name may be, in bytes: all systems can store it.
	MaxName = 200
)

// FormatOf returns the format by the ending of a file's name.
func FormatOf(name string) (Format, bool) {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return TarGzip, true
	case strings.HasSuffix(lower, ".zip"):
		return Zip, true
	default:
		return "", false
	}
}

// when is the time of every entry: the earliest that both formats can express.
var when = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// part is one name of a path, in characters that every system and every checksum
// program takes as they are.
var part = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// CheckName refuses a name that an archive must not hold.
func CheckName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("the name %.40q… is longer than %d characters", name, MaxName)
	}
	for p := range strings.SplitSeq(name, "/") {
		if !part.MatchString(p) || strings.HasSuffix(p, ".") {
			return fmt.Errorf("the name %q is not allowed in a pack: use letters, digits, dots, dashes and underscores, in folders separated by /", name)
		}
	}
	return nil
}

// order refuses entries that are not sorted, come twice, or could overwrite one
// another on systems that ignore the case of letters.
type order struct {
	last    string
	lower   map[string]bool
	entries int
	total   int64
}

func (o *order) next(name string, size int64) error {
	if err := CheckName(name); err != nil {
		return err
	}
	o.entries++
	o.total += size
	lower := strings.ToLower(name)
	switch {
	case o.entries > MaxEntries:
		return fmt.Errorf("more than %d files", MaxEntries)
	case size < 0 || o.total > MaxTotal:
		return fmt.Errorf("more than %d GiB in all", MaxTotal>>30)
	case name == o.last:
		return fmt.Errorf("%s is there twice", name)
	case o.lower[lower]:
		return fmt.Errorf("%s differs from another name by the case of letters alone", name)
	case name < o.last:
		return fmt.Errorf("%s comes after %s, out of order", name, o.last)
	}
	if o.lower == nil {
		o.lower = map[string]bool{}
	}
	// A file with the name of another's folder cannot be unpacked.
	for at, c := range lower {
		if c == '/' && o.lower[lower[:at]] {
			return fmt.Errorf("%s lies in %s, which is a file", name, name[:at])
		}
	}
	o.last, o.lower[lower] = name, true
	return nil
}

// Writer writes an archive.
type Writer interface {
	// Add writes a file of exactly size bytes. Call it in bytewise order of names.
	Add(name string, size int64, content io.Reader) error
	// Close ends the archive; the underlying writer stays open.
	Close() error
}

// NewWriter begins an archive.
func NewWriter(w io.Writer, f Format) Writer {
	if f == Zip {
		return newZipWriter(w)
	}
	return newTarWriter(w)
}

// copyAll copies a file whose size is known.
func copyAll(w io.Writer, name string, size int64, content io.Reader) error {
	n, err := io.Copy(w, io.LimitReader(content, size))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if more, _ := content.Read(make([]byte, 1)); n != size || more > 0 {
		return fmt.Errorf("%s changed while it was packed", name)
	}
	return nil
}

// Visit is called with each file of an archive. It need not read the file to its
// end.
type Visit func(name string, size int64, content io.Reader) error

// errEmpty says that an archive holds nothing.
var errEmpty = errors.New("it holds no file")

// Read calls a function with every file of an archive, in order. An error of the
// function is returned as it is; any other error says why the archive is
// refused.
func Read(file *os.File, visit Visit) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a file")
	}
	magic := make([]byte, 4)
	n, err := file.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch head := string(magic[:n]); {
	case strings.HasPrefix(head, "\x1f\x8b"):
		return readTar(file, visit)
	case strings.HasPrefix(head, "PK"):
		return readZip(file, info.Size(), visit)
	default:
		return errors.New("it is neither a tar.gz nor a zip file")
	}
}
