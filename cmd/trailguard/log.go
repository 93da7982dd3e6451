package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/reporters"
)

// complaint begins a line about what went wrong, as other programs do it.
const complaint = "trailguard: "

// wantsJSONLog says whether standard error is to hold JSON alone. It is asked
// before flags are read, since what is wrong with them is said there too.
func wantsJSONLog(args []string, lookup func(string) (string, bool)) bool {
	const name = "log-format"
	format, _ := lookup(cli.Variable(name))
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			format = value
		} else if arg == "--"+name && i+1 < len(args) {
			format = args[i+1]
		}
	}
	return strings.EqualFold(format, "json")
}

// logger writes to standard error. Of what went well it tells only a program,
// or whoever wants to hear of each request.
func (a *app) logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelWarn}
	switch {
	case a.quiet:
		options.Level = slog.LevelError
	case a.verbose:
		options.Level = slog.LevelDebug
	case a.jsonLog:
		options.Level = slog.LevelInfo
	}
	if a.jsonLog {
		return slog.New(slog.NewJSONHandler(a.stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.stderr, options))
}

// level is how something is logged, such as (*slog.Logger).Warn.
type level func(log *slog.Logger, text string, attributes ...any)

// say writes a text to standard error: a record of the log where that is JSON,
// else lines for a person. There is nowhere to report that it fails.
func (a *app) say(level level, prefix, text string, attributes ...any) {
	if a.jsonLog {
		level(slog.New(slog.NewJSONHandler(a.stderr, nil)), text, attributes...)
		return
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		_, _ = fmt.Fprintf(a.stderr, "%s%s\n", prefix, reporters.Visible(line))
	}
}

// note says something to the person at the terminal, unless they want quiet.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		a.say((*slog.Logger).Info, "", fmt.Sprintf(format, args...))
	}
}

// warn reports an error that does not stop the run.
func (a *app) warn(err error) { a.say((*slog.Logger).Warn, complaint, err.Error()) }

// lines is where a command of the operator writes its own log.
func (a *app) lines(command string) (w io.Writer, flush func()) {
	if !a.jsonLog {
		return a.stderr, func() {}
	}
	b := &lineWriter{say: func(line string) { a.say((*slog.Logger).Info, "", line, slog.String("by", command)) }}
	return b, b.flush
}

// lineWriter hands on whole lines.
type lineWriter struct {
	say  func(line string)
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		w.say(string(line))
		w.rest = rest
	}
}

// flush hands on what no line break followed.
func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.say(string(w.rest))
	}
}
