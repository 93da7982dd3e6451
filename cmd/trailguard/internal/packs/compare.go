package packs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

// compareLines returns the first line, from 1, in which a file differs from what is
// written; 0: none does.
func compareLines(path string, write func(io.Writer) error) (int, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	c := &comparison{file: bufio.NewReaderSize(file, 1<<16), line: 1}
	if err := write(c); err != nil && !errors.Is(err, errDiffers) {
		return 0, err
	}
	if _, err := c.file.Peek(1); !c.differs && errors.Is(err, io.EOF) {
		return 0, nil
	}
	return c.line, nil
}

var errDiffers = errors.New("the file differs")

// comparison holds what is written against a file.
type comparison struct {
	file    *bufio.Reader
	buffer  []byte
	line    int
	differs bool
}

func (c *comparison) Write(p []byte) (int, error) {
	if cap(c.buffer) < len(p) {
		c.buffer = make([]byte, len(p))
	}
	have := c.buffer[:len(p)]
	n, err := io.ReadFull(c.file, have)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	same := 0
	for same < n && have[same] == p[same] {
		same++
	}
	c.line += bytes.Count(p[:same], []byte("\n"))
	if same < len(p) {
		c.differs = true
		return same, errDiffers
	}
	return len(p), nil
}
