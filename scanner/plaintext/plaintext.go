// Package plaintext reads text that an operator wrote, on whatever system: it
// bounds the size, takes a byte order mark away, and names an encoding that is
// not UTF-8. It knows nothing of what the text says.
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

// Read reads a text of at most so many bytes, whole MBs. An error names it.
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

// mark is UTF-8's byte order mark, which some editors put first.
const mark = "\ufeff"

// Decode returns a text without its byte order mark. Whatever is not UTF-8 is
// an error that says how it was encoded, as far as that shows.
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

// utf16 tells by a text's first bytes: a mark, or a zero beside a character.
func utf16(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) ||
		(len(head) >= 2 && (head[0] == 0) != (head[1] == 0))
}

// NewReader takes the byte order mark off a stream, and refuses one that is
// encoded as UTF-16.
func NewReader(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	head, _ := buffered.Peek(len(mark)) // an error shows again when it is read
	if utf16(head) {
		return failing{errUTF16}
	}
	if string(head) == mark {
		_, _ = buffered.Discard(len(mark)) // they are buffered
	}
	return buffered
}

// failing is a stream that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
