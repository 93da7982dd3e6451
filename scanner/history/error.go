package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrBusy says that another process is recording a run, and did not finish
	// within Options.Wait.
	ErrBusy = errors.New("another run is being recorded")
	// ErrRecorded says that the tenant already has a run that was collected at
	// the same time.
	ErrRecorded = errors.New("this run was recorded before")
	// ErrNoRun says that there is no such run, or that its content was pruned.
	ErrNoRun = errors.New("no such run")
)

// Error says which history failed, how, and what to do.
type Error struct {
	Name    string // the file, or the server without user and password
	Problem string
	Advice  string
	Err     error // the cause, or nil
}

// Error implements error.
func (e *Error) Error() string {
	s := "history " + e.Name + ": " + e.Problem
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Advice != "" {
		s += "; " + e.Advice
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

const adviceKept = "what was committed before is kept"

// fail describes an error of the database, and says what to do about it.
func (s *Store) fail(problem string, err error) error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("history %s: %s: %w", s.name, problem, err)
	}
	return &Error{Name: s.name, Problem: problem, Advice: advice(err), Err: s.scrub(err)}
}

func (s *Store) busy() error {
	return &Error{Name: s.name, Problem: "not begun after waiting " + s.wait.String(), Advice: "try again when that run has ended", Err: ErrBusy}
}

// advice says what to do about an error of the database.
func advice(err error) string {
	if known, ok := errors.AsType[*sqlite.Error](err); ok {
		return adviceSQLite(known.Code() & 0xff)
	}
	if known, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch known.Code {
		case "53100":
			return "free some space on the server; " + adviceKept
		case "25006", "42501":
			return "give the role the right to write, or use another history"
		case "28P01", "28000":
			return "check user and password of the URL"
		default:
			return ""
		}
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "check that the server runs and that its address is right"
	}
	if errors.Is(err, fs.ErrPermission) {
		return "check who may read and write the file, or use another with --history"
	}
	return ""
}

func adviceSQLite(code int) string {
	switch code {
	case lib.SQLITE_FULL:
		return "the disk is full: free some space; " + adviceKept
	case lib.SQLITE_IOERR:
		return "the file cannot be read or written: check that the disk is well and has space; " + adviceKept
	case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_CANTOPEN, lib.SQLITE_AUTH:
		return "check who may read and write the file and its folder, or use another with --history"
	case lib.SQLITE_CORRUPT:
		return "the file is damaged: put back a copy, or set it aside and start a new history"
	case lib.SQLITE_NOTADB:
		return "this is no history: name another file with --history"
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return "another process uses the file: try again when it has ended"
	default:
		return ""
	}
}
