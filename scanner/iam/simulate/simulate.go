// Package simulate answers access questions that arrive as JSON Lines, one answer a line, in order.
// It is the format of `trailguard simulate`. It decides nothing itself: package iam does.
package simulate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/trailguard/trailguard/scanner/iam"
)

// maxLine bounds one question. A longer line is answered with an error and skipped.
const maxLine = 64 << 20

// Stats counts what Run read.
type Stats struct {
	// Lines is the number of questions, errors included.
	Lines int
	// Errors is the number of lines that could not be answered.
	Errors int
}

// Run reads one question a line from r and writes one answer a line to w, in order. It skips empty
// lines. A line that cannot be answered gets an error line, and the run goes on. The error is one
// of reading or writing, or the context's.
func Run(ctx context.Context, r io.Reader, w io.Writer) (Stats, error) {
	var st Stats
	in := bufio.NewReaderSize(r, 64<<10)
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return st, errors.Join(err, out.Flush())
		}
		var tooLong bool
		var err error
		line, tooLong, err = readLine(in, line[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return st, errors.Join(fmt.Errorf("read line %d: %w", number, err), out.Flush())
		}
		if text := bytes.TrimSpace(line); len(text) > 0 || tooLong {
			a := answerLine(line, tooLong)
			st.Lines++
			if a.Error != "" {
				st.Errors++
			}
			if err := writeAnswer(out, &a); err != nil {
				return st, fmt.Errorf("write the answer to line %d: %w", number, err)
			}
		}
		if err != nil {
			return st, flush(out)
		}
		if in.Buffered() == 0 { // a caller may wait for this answer before it asks the next question
			if err := flush(out); err != nil {
				return st, err
			}
		}
	}
}

func flush(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	return nil
}

// readLine reads a line of up to maxLine bytes. It keeps nothing of a longer one.
func readLine(r *bufio.Reader, line []byte) (text []byte, tooLong bool, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if len(line)+len(piece) > maxLine {
			line, tooLong = line[:0], true
		}
		if !tooLong {
			line = append(line, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func answerLine(line []byte, tooLong bool) answer {
	if tooLong {
		return failure(nil, fmt.Errorf("the line is longer than %d bytes", maxLine))
	}
	q, err := parseQuestion(line)
	if err != nil {
		return failure(q.id, err)
	}
	return newAnswer(q.id, iam.Explain(&q.request, &q.policies))
}
