package pipeline

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Memory is a snapshot that is kept compressed in memory, between collecting
// and judging.
type Memory struct{ buffer buffer }

// Create starts the snapshot.
func (m *Memory) Create(h scanner.Header, tenants []scanner.Tenant) (*snapshot.Writer, error) {
	return snapshot.NewWriter(&m.buffer, h, tenants)
}

// Fill writes the snapshot as it comes from elsewhere.
func (m *Memory) Fill(write func(io.Writer) error) error { return write(&m.buffer) }

// Bytes returns it, compressed. Nothing is written to it any more.
func (m *Memory) Bytes() ([]byte, error) {
	if _, err := m.buffer.reader(); err != nil {
		return nil, err
	}
	return m.buffer.bytes.Bytes(), nil
}

// Open reads it from its beginning. Nothing is written to it any more.
func (m *Memory) Open() (*Snapshot, error) {
	in, err := m.buffer.reader()
	if err != nil {
		return nil, err
	}
	r, err := snapshot.NewReader(in, "this run's snapshot")
	if err != nil {
		return nil, err
	}
	return &Snapshot{Reader: r}, nil
}

// buffer keeps what is written to it compressed: the evidence of a large fleet
// is many times smaller that way.
type buffer struct {
	bytes   bytes.Buffer
	encoder *zstd.Encoder
}

func (b *buffer) Write(p []byte) (int, error) {
	if b.encoder == nil {
		encoder, err := zstd.NewWriter(&b.bytes, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return 0, err
		}
		b.encoder = encoder
	}
	return b.encoder.Write(p)
}

// reader ends the writing and returns what was written, still compressed.
func (b *buffer) reader() (io.Reader, error) {
	if b.encoder != nil {
		if err := b.encoder.Close(); err != nil { // again, it does nothing
			return nil, err
		}
	}
	return bytes.NewReader(b.bytes.Bytes()), nil
}
