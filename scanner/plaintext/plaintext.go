// Package plaintext reads text that an operator wrote, on whatever system: it
// bounds the size, takes a byte order mark away, and names an encoding that is
// not UTF-8. It knows nothing of what the text says.
package plaintext

import (
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
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%s: larger than 1 MB: is it the file that you meant?", path)
	}
	text, err = Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// Decode returns a text without its byte order mark. Whatever is not UTF-8 is
// an error that says how it was encoded, as far as that shows.
func Decode(text []byte) ([]byte, error) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return nil, errors.New("the text is encoded as UTF-16: save it as UTF-8")
		}
	}
	if len(text) >= 2 && (text[0] == 0) != (text[1] == 0) {
		return nil, errors.New("the text seems to be encoded as UTF-16: save it as UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, errors.New("the text is not UTF-8: save it as UTF-8")
	}
	return text, nil
}
