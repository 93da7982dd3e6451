package snapshot

import (
	"bufio"
	"bytes"
	"errors"
	"hash"
	"io"
)

// Limits of what is read, so that a small file cannot exhaust the machine.
const (
	maxLine  = 64 << 20  // bytes of one line
	maxIntro = 256 << 20 // bytes of header and tenants, which stay in memory
	maxTotal = 64 << 30  // bytes of text, after decompression
)

var (
	errLineTooLong = errors.New("line too long")
	errTooMuch     = errors.New("too much text")
)

// lines reads a stream line by line and sums it up.
type lines struct {
	in     *bufio.Reader
	sum    hash.Hash // of every line handed out, but for what unread says
	number int       // of the line last read
	total  int64     // bytes read
	long   []byte    // holds a line that is longer than the reader's buffer
}

// next returns a line with its newline. It stays valid until the next call.
// At the end of the stream it returns io.EOF; a last line without a newline is
// io.ErrUnexpectedEOF.
func (l *lines) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			l.long = append(l.long, line...)
			if len(l.long) > maxLine {
				l.number++
				return nil, errLineTooLong
			}
			line, err = l.in.ReadSlice('\n')
		}
		l.long = append(l.long, line...)
		line = l.long
	}
	if len(line) > 0 {
		l.number++
	}
	if l.total += int64(len(line)); l.total > maxTotal {
		return nil, errTooMuch
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// lineType returns the type that a line opens with.
func lineType(line []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"record":"`))
	if !ok {
		return "", false
	}
	name, _, ok := bytes.Cut(rest, []byte(`"`))
	return string(name), ok
}
