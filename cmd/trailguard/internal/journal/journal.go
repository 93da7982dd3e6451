// Package journal writes to standard error what happens during a run, one
// record a line: as text for people, or as JSON with the keys that
// docs/schedule.md promises. Results are not its business: they are in the
// report.
package journal

import (
	"bytes"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/trailguard/trailguard/reporters"
)

// Options say what is written, and how.
type Options struct {
	JSON    bool
	Quiet   bool // only errors
	Verbose bool // also every request, and the stack of a fault
	Now     func() time.Time
}

// Journal writes the records of one process. It is safe for concurrent use if
// its writer is.
type Journal struct {
	o     Options
	w     io.Writer
	level slog.Level
	json  *slog.Logger

	// of are attributes that every record has.
	of []slog.Attr

	started           time.Time // zero until a run has begun
	requests, retries atomic.Int64
	waited            atomic.Int64 // nanoseconds, before retries
}

// With returns a journal of one run among several, which counts for itself. Each
// of its records has the attributes.
func (j *Journal) With(attrs ...slog.Attr) *Journal {
	return &Journal{o: j.o, w: j.w, level: j.level, json: j.json, of: attrs}
}

// New returns a journal that writes to w.
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

// visible escapes what would control a terminal in the values of a record.
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

// Failed reports why the process ends with a status, one record a line. The
// stack is that of a fault in the program itself, and nil otherwise.
func (j *Journal) Failed(status int, why string, stack []byte) {
	if !j.o.Verbose {
		stack = nil
	}
	if !j.o.JSON {
		_, _ = j.w.Write(stack) // if standard error fails, nothing else is left to report to
	}
	for line := range strings.SplitSeq(why, "\n") {
		attrs := []slog.Attr{slog.Int("exitStatus", status)}
		if j.o.JSON && stack != nil {
			attrs = append(attrs, slog.Any("stack", strings.Split(string(stack), "\n")))
		}
		j.write(slog.LevelError, "error", line, attrs...)
		stack = nil // written with the first line only
	}
}

// Error reports what went wrong where the run goes on.
func (j *Journal) Error(text string) { j.write(slog.LevelError, "error", text) }

// Warn reports what is probably a mistake of the user.
func (j *Journal) Warn(text string) { j.write(slog.LevelWarn, "warning", text) }

// Note reports something worth knowing that is no problem.
func (j *Journal) Note(text string, attrs ...slog.Attr) {
	j.write(slog.LevelInfo, "note", text, attrs...)
}

// write writes a record of an event, unless its level is not wanted.
func (j *Journal) write(level slog.Level, event, message string, attrs ...slog.Attr) {
	if level >= j.level {
		j.put(level, event, message, attrs...)
	}
}

func (j *Journal) put(level slog.Level, event, message string, attrs ...slog.Attr) {
	attrs = slices.Concat(attrs, j.of)
	if !j.o.JSON {
		_, _ = j.w.Write(text(level, message, attrs)) // if standard error fails, nothing else is left to report to
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

// text formats a record for people: its message, then its attributes as
// key=value. A message at error level begins with the program's name; the exit
// status is left out, since the shell shows it.
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
