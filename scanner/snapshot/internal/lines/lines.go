package lines

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Limits of what is read, so that a small file cannot exhaust the machine.
const (
	MaxLine  = 64 << 20 // bytes of one line
	MaxTotal = 64 << 30 // bytes of text, after decompression
)

// The limits that a stream can break.
var (
	ErrLineTooLong = errors.New("line too long")
	ErrTooMuch     = errors.New("too much text")
)

// keep bounds the buffer that is kept for the next line: a tenant's line holds
// all of its exports, and few other lines are as long.
const keep = 1 << 20

// Reader reads a stream line by line.
type Reader struct {
	in     *bufio.Reader
	number int    // of the last line read
	total  int64  // bytes read
	long   []byte // holds a line that is longer than in's buffer
}

// NewReader reads lines from a buffered stream.
func NewReader(in *bufio.Reader) *Reader { return &Reader{in: in} }

// Number is the 1-based number of the last line read.
func (l *Reader) Number() int { return l.number }

// Total is the number of bytes read.
func (l *Reader) Total() int64 { return l.total }

// Next returns a line with its newline. It stays valid until the next call.
// At the end of the stream it returns io.EOF; a last line without a newline is
// io.ErrUnexpectedEOF.
func (l *Reader) Next() ([]byte, error) {
	if cap(l.long) > keep {
		l.long = nil
	}
	line, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			l.long = append(l.long, line...)
			if len(l.long) > MaxLine {
				l.number++
				return nil, ErrLineTooLong
			}
			line, err = l.in.ReadSlice('\n')
		}
		l.long = append(l.long, line...)
		line = l.long
	}
	if len(line) > 0 {
		l.number++
	}
	if l.total += int64(len(line)); l.total > MaxTotal {
		return nil, ErrTooMuch
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// Type returns the type that a line opens with.
func Type(line []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"record":"`))
	if !ok {
		return "", false
	}
	name, _, ok := bytes.Cut(rest, []byte(`"`))
	return string(name), ok
}
