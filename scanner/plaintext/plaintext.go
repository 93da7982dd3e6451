// Package plaintext reads text that people wrote on any system: it bounds the
// size, removes a byte order mark, and names an encoding that is not UTF-8. It
// does not know what the text means.
package plaintext

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// MaxSize bounds a file that a person writes, in bytes.
const MaxSize = 1 << 20

// ReadFile reads a file of at most MaxSize bytes. An error names the file.
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return Read(file, path, MaxSize)
}

// Read reads a text of at most so many bytes, which must be whole MBs. The
// error names the text.
func Read(from io.Reader, name string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s: larger than %d MB: is it the file that you meant?", name, most>>20)
	}
	text, err = Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// mark is UTF-8's byte order mark, which some editors write at the start of a
// file.
const mark = "\ufeff"

// Decode returns a text without its byte order mark. Text that is not UTF-8 is
// an error, which names the encoding where it can be recognised.
func Decode(text []byte) ([]byte, error) {
	if utf16(text) {
		return nil, errUTF16
	}
	text = bytes.TrimPrefix(text, []byte(mark))
	if !utf8.Valid(text) {
		return nil, errors.New("the text is not UTF-8: save it as UTF-8")
	}
	return text, nil
}

var errUTF16 = errors.New("the text is encoded as UTF-16: save it as UTF-8")

// utf16 recognises the encoding by its first bytes: a byte order mark, or a
// zero beside a character.
func utf16(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) ||
		(len(head) >= 2 && (head[0] == 0) != (head[1] == 0))
}

// NewReader removes the byte order mark from a stream, and refuses a stream
// that is encoded as UTF-16.
func NewReader(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	head, _ := buffered.Peek(len(mark)) // an error shows again when it is read
	if utf16(head) {
		return failing{errUTF16}
	}
	if string(head) == mark {
		_, _ = buffered.Discard(len(mark)) // they were read by Peek
	}
	return buffered
}

// failing is a reader that only returns an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
