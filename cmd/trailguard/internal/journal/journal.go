// Package journal writes what happens to standard error, a line a record: as
// text for people, or as JSON whose keys docs/schedule.md promises. It holds no
// results: those are the report's.
package journal

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/trailguard/trailguard/reporters"
)

// Options say what is written, and how.
type Options struct {
	JSON    bool
	Quiet   bool // errors alone
	Verbose bool // every request, and where the program itself failed
	Now     func() time.Time
}

// Journal is what a process says of itself. It is safe for concurrent use where
// its writer is.
type Journal struct {
	o     Options
	w     io.Writer
	level slog.Level
	json  *slog.Logger

	started           time.Time // the zero time: no run has
	requests, retries atomic.Int64
}

// New returns the journal that is written to w.
func New(w io.Writer, o Options) *Journal {
	j := &Journal{o: o, w: w, level: slog.LevelInfo}
	switch {
	case o.Quiet:
		j.level = slog.LevelError
	case o.Verbose:
		j.level = slog.LevelDebug
	}
	j.json = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: visible}))
	return j
}

// visible keeps a terminal from obeying what a record holds.
func visible(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(reporters.Visible(a.Value.String()))
	case slog.KindTime:
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	default:
	}
	return a
}

// Failed says why the process ends with a status, in a record for each line.
// The stack is that of a fault of the program; nil: it is none.
func (j *Journal) Failed(status int, why string, stack []byte) {
	if !j.o.Verbose {
		stack = nil
	}
	if !j.o.JSON {
		_, _ = j.w.Write(stack) // there is nowhere else to say it
	}
	for line := range strings.SplitSeq(why, "\n") {
		attrs := []slog.Attr{slog.Int("exitStatus", status)}
		if j.o.JSON && stack != nil {
			attrs = append(attrs, slog.Any("stack", strings.Split(string(stack), "\n")))
		}
		j.write(slog.LevelError, "error", line, attrs...)
		stack = nil // once is enough
	}
}

// Error says what went wrong without ending the run.
func (j *Journal) Error(text string) { j.write(slog.LevelError, "error", text) }

// Warn says what is probably not meant.
func (j *Journal) Warn(text string) { j.write(slog.LevelWarn, "warning", text) }

// Note says something to whoever reads along.
func (j *Journal) Note(text string, attrs ...slog.Attr) {
	j.write(slog.LevelInfo, "note", text, attrs...)
}

// write writes a record of an event, if anybody wants to know.
func (j *Journal) write(level slog.Level, event, message string, attrs ...slog.Attr) {
	if level >= j.level {
		j.put(level, event, message, attrs...)
	}
}

func (j *Journal) put(level slog.Level, event, message string, attrs ...slog.Attr) {
	if !j.o.JSON {
		_, _ = j.w.Write(text(level, message, attrs)) // there is nowhere else to say it
		return
	}
	rest := append([]any{slog.String("event", event)}, anys(attrs)...)
	switch level {
	case slog.LevelDebug:
		j.json.Debug(message, rest...)
	case slog.LevelInfo:
		j.json.Info(message, rest...)
	case slog.LevelWarn:
		j.json.Warn(message, rest...)
	default:
		j.json.Error(message, rest...)
	}
}

// text is a record as a line for people: its message, and what else there is as
// key=value. An error begins with the program's name, and the process shows with
// which status it ends.
func text(level slog.Level, message string, attrs []slog.Attr) []byte {
	var b bytes.Buffer
	isError := level >= slog.LevelError
	if isError {
		b.WriteString("trailguard: ")
	}
	b.WriteString(reporters.Visible(message) + " ")
	head := b.Len()
	slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		builtIn := a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey
		if len(groups) == 0 && (builtIn || isError && a.Key == "exitStatus") {
			return slog.Attr{}
		}
		return visible(groups, a)
	}})).Info("", anys(attrs)...)
	if b.Len() == head+1 { // the end of the line alone
		b.Truncate(head - 1)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func anys(attrs []slog.Attr) []any {
	all := make([]any, len(attrs))
	for i := range attrs {
		all[i] = attrs[i]
	}
	return all
}
