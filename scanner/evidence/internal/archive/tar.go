package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

type tarWriter struct {
	order order
	tar   *tar.Writer
	gzip  *gzip.Writer
}

func newTarWriter(w io.Writer) *tarWriter {
	z := gzip.NewWriter(w) // whose header holds neither name nor time
	return &tarWriter{tar: tar.NewWriter(z), gzip: z}
}

// header is all that an archive says about a file.
func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: when, Format: tar.FormatUSTAR}
}

func (w *tarWriter) Add(name string, size int64, content io.Reader) error {
	if err := w.order.next(name, size); err != nil {
		return err
	}
	if err := w.tar.WriteHeader(header(name, size)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return copyAll(w.tar, name, size, content)
}

func (w *tarWriter) Close() error {
	return errors.Join(w.tar.Close(), w.gzip.Close())
}

// errNotOurs says that an archive was written by another program, or altered.
var errNotOurs = errors.New("the archive is not as trailguard writes one: it was altered, or unpacked and packed again")

// readTar compares what it reads with what the same files are written as, so that
// no byte of the archive can differ.
func readTar(in io.Reader, visit Visit) error {
	compressed := bufio.NewReader(in)
	// No name, no time and no operating system: RFC 1952.
	if head, _ := compressed.Peek(10); string(head) != "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" {
		return errNotOurs
	}
	z, err := gzip.NewReader(compressed)
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	z.Multistream(false)
	read, written := sha256.New(), sha256.New()
	in = io.TeeReader(z, read)
	again := tar.NewWriter(written)
	if err := eachTar(tar.NewReader(in), again, visit); err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(in, 1<<20))
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	if err := again.Close(); err != nil {
		return err
	}
	if _, err := compressed.Peek(1); !errors.Is(err, io.EOF) || rest == 1<<20 || !bytes.Equal(read.Sum(nil), written.Sum(nil)) {
		return errNotOurs
	}
	return nil
}

func eachTar(r *tar.Reader, again *tar.Writer, visit Visit) error {
	var o order
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && o.entries == 0:
			return errEmpty
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the archive: %w", err)
		case h.Typeflag != tar.TypeReg:
			return fmt.Errorf("%q is not a file but a folder, a link or a device", h.Name)
		}
		if err := o.next(h.Name, h.Size); err != nil {
			return err
		}
		if err := again.WriteHeader(header(h.Name, h.Size)); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		content := io.TeeReader(r, again)
		if err := visit(h.Name, h.Size, content); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}
