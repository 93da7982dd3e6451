package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

type zipWriter struct {
	order order
	zip   *zip.Writer
}

func newZipWriter(w io.Writer) *zipWriter { return &zipWriter{zip: zip.NewWriter(w)} }

func (w *zipWriter) Add(name string, size int64, content io.Reader) error {
	if err := w.order.next(name, size); err != nil {
		return err
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: when}
	h.SetMode(0o644)
	file, err := w.zip.CreateHeader(h)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return copyAll(file, name, size, content)
}

func (w *zipWriter) Close() error { return w.zip.Close() }

// descriptorSize is the size of the data descriptor after a file's content, in
// bytes.
const descriptorSize = 16

// errTooLarge says that an archive needs zip64, which programs read in more than one
// way.
var errTooLarge = errors.New("more than 65,534 files, or 4 GiB: use tar.gz")

// readZip compares all but the compressed data with what the same files are written
// as. So a program that reads from the front sees the same as one that reads the
// directory at the end.
func readZip(in io.ReaderAt, size int64, visit Visit) error {
	r, err := zip.NewReader(in, size)
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	if len(r.File) == 0 {
		return errEmpty
	}
	if size > math.MaxUint32 || len(r.File) >= math.MaxUint16 {
		return errTooLarge
	}
	var o order
	var at int64
	var directory []byte
	for _, f := range r.File {
		if !f.Mode().IsRegular() {
			return fmt.Errorf("%q is not a file but a folder, a link or a device", f.Name)
		}
		if f.UncompressedSize64 > math.MaxUint32 {
			return errTooLarge
		}
		if err := o.next(f.Name, int64(f.UncompressedSize64)); err != nil {
			return err
		}
		directory = append(directory, entryOf(f, at)...)
		if at, err = follows(in, f, at); err != nil {
			return err
		}
	}
	end := append(directory, endOf(len(r.File), len(directory), at)...)
	got := make([]byte, len(end))
	if _, err := in.ReadAt(got, at); err != nil || at+int64(len(end)) != size || !bytes.Equal(got, end) {
		return errNotOurs
	}
	for _, f := range r.File {
		if err := visitZip(f, visit); err != nil {
			return err
		}
	}
	return nil
}

// common is the part that a file's header and its directory entry share: versions,
// the flag for a descriptor, the method, and the time. The extra field holds the time
// again.
func common(f *zip.File, crc, compressed, size uint32) []byte {
	b := []byte{20, 0, 8, 0, 8, 0, 0, 0, 0x21, 0}
	for _, n := range []uint32{crc, compressed, size} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(f.Name)))
	return binary.LittleEndian.AppendUint16(b, uint16(len(extra())))
}

// extra is the extended time stamp of a file.
func extra() []byte {
	return binary.LittleEndian.AppendUint32([]byte{0x55, 0x54, 5, 0, 1}, uint32(when.Unix()))
}

// follows returns the end of a file, which must begin where the last one ended.
func follows(in io.ReaderAt, f *zip.File, at int64) (int64, error) {
	want := append([]byte("PK\x03\x04"), common(f, 0, 0, 0)...)
	want = append(append(want, f.Name...), extra()...)
	compressed := uint32(f.CompressedSize64)
	behind := []byte("PK\x07\x08")
	for _, n := range []uint32{f.CRC32, compressed, uint32(f.UncompressedSize64)} {
		behind = binary.LittleEndian.AppendUint32(behind, n)
	}
	content := at + int64(len(want))
	for _, part := range []struct {
		at   int64
		want []byte
	}{{at, want}, {content + int64(compressed), behind}} {
		got := make([]byte, len(part.want))
		if _, err := in.ReadAt(got, part.at); err != nil || !bytes.Equal(got, part.want) {
			return 0, errNotOurs
		}
	}
	if start, err := f.DataOffset(); err != nil || start != content {
		return 0, errNotOurs
	}
	return content + int64(compressed) + descriptorSize, nil
}

// entryOf is a file's entry in the directory.
func entryOf(f *zip.File, at int64) []byte {
	b := append([]byte("PK\x01\x02\x14\x03"), common(f, f.CRC32, uint32(f.CompressedSize64), uint32(f.UncompressedSize64))...)
	b = append(b, 0, 0, 0, 0, 0, 0) // neither a comment nor a second disk
	b = binary.LittleEndian.AppendUint32(b, 0o100644<<16)
	b = binary.LittleEndian.AppendUint32(b, uint32(at))
	return append(append(b, f.Name...), extra()...)
}

// endOf is the end record of the directory.
func endOf(files, size int, at int64) []byte {
	b := []byte("PK\x05\x06\x00\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(files))
	b = binary.LittleEndian.AppendUint16(b, uint16(files))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(at))
	return append(b, 0, 0)
}

func visitZip(f *zip.File, visit Visit) error {
	content, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	defer content.Close() //nolint:errcheck // it was only read
	if err := visit(f.Name, int64(f.UncompressedSize64), content); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(content, MaxTotal)); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}
