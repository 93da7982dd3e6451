package texts

import (
	"bytes"
	"fmt"
	"os"
)

// blocks are blocks of bytes by their numbers: the first in memory, the others in a
// file.
type blocks struct {
	room int // bytes that may still be held in memory
	all  []block
	file *os.File // nil: there is none, yet or at all
	end  int64    // of what the file holds
	none bool     // no file can be had
}

// block is in memory, or it is a part of the file.
type block struct {
	held   []byte
	at     int64
	length int
}

// add keeps a copy of a block. One that no file takes stays in memory: whether there
// is room for it is the heap's to say.
func (b *blocks) add(data []byte) {
	if len(data) > b.room && b.write(data) {
		b.all = append(b.all, block{at: b.end - int64(len(data)), length: len(data)})
		return
	}
	b.room -= len(data)
	b.all = append(b.all, block{held: bytes.Clone(data)})
}

// write appends to the file. It has no name from the start, so that it is gone with
// the process, however that ends, and with the last use of the store.
func (b *blocks) write(data []byte) bool {
	if b.file == nil && !b.none {
		b.file = nameless()
	}
	if b.none = b.file == nil; b.none {
		return false
	}
	if _, err := b.file.WriteAt(data, b.end); err != nil {
		return false // the disk is full
	}
	b.end += int64(len(data))
	return true
}

// nameless returns nil where there is no such file to be had.
func nameless() *os.File {
	file, err := os.CreateTemp("", "trailguard-")
	if err != nil {
		return nil
	}
	if os.Remove(file.Name()) != nil {
		_ = file.Close() // nothing was written
		return nil
	}
	return file
}

// get returns a block, which nobody may change.
func (b *blocks) get(number int) ([]byte, error) {
	at := b.all[number]
	if at.length == 0 {
		return at.held, nil
	}
	data := make([]byte, at.length)
	if _, err := b.file.ReadAt(data, at.at); err != nil {
		return nil, fmt.Errorf("read documents from the temporary file: %w", err)
	}
	return data, nil
}
