package journal

import (
	"bytes"
	"io"
	"log/slog"
)

// longest is how many bytes are kept of a line that does not end.
const longest = 64 << 10

// Output returns a writer for the output of another program: each of its lines
// becomes a record, also when quiet, since the words are not ours. Close it
// when that program has ended.
func (j *Journal) Output() io.WriteCloser { return &output{journal: j} }

type output struct {
	journal *Journal
	begun   []byte // a line without its end
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.begun = append(o.begun, p...)
	for {
		line, rest, ended := bytes.Cut(o.begun, []byte("\n"))
		if !ended && len(line) < longest {
			return len(p), nil
		}
		o.put(bytes.TrimSuffix(line, []byte("\r")))
		o.begun = rest
	}
}

// Close implements io.Closer.
func (o *output) Close() error {
	if len(o.begun) > 0 {
		o.put(o.begun)
	}
	o.begun = nil
	return nil
}

func (o *output) put(line []byte) { o.journal.put(slog.LevelInfo, "output", string(line)) }
