package history

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// lockSuffix names the lock file beside an SQLite history. The process that
// records a run holds its lock, and the system releases it when the process
// ends, for whatever reason.
const lockSuffix = ".lock"

func (s *Store) openSQLite(ctx context.Context, path string) error {
	s.name = path
	if !s.readOnly {
		if err := createPrivate(path); err != nil {
			return s.fail("create", err)
		}
	}
	mode := "rw"
	if s.readOnly {
		mode = "ro"
	}
	if _, err := os.Stat(path); err != nil {
		return &Error{Name: path, Problem: "open", Advice: "there is none before the first run was recorded: check the name", Err: bare(err)}
	}
	// FULL also survives a loss of power; one flush a shard is cheap.
	db, err := sql.Open("sqlite", sqliteURI(path, mode, s.wait)+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(8000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return s.fail("open", err)
	}
	db.SetMaxOpenConns(4)
	s.db = db
	s.lock = s.lockFile
	if err := db.PingContext(ctx); err != nil || s.readOnly {
		return s.fail("open", err)
	}
	return s.writeAhead(ctx)
}

// writeAhead gives a new file its write-ahead log, which it then keeps. SQLite
// does not wait for other processes while it changes the mode, so two processes
// that open a new history at once take turns here.
func (s *Store) writeAhead(ctx context.Context) error {
	const ask = "PRAGMA journal_mode"
	var mode string
	if err := s.db.QueryRowContext(ctx, ask).Scan(&mode); err != nil || mode == "wal" {
		return s.fail("open", err)
	}
	release, err := s.lock(ctx, nil)
	if err != nil {
		return err
	}
	defer release() //nolint:errcheck // nothing is lost with it
	return s.fail("open", s.db.QueryRowContext(ctx, ask+" = WAL").Scan(&mode))
}

// createPrivate makes an empty file, and its folder, that only the owner may
// read: the database's other files take its mode.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return bare(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return bare(err)
	}
	return file.Close()
}

// sqliteURI escapes a file's name so that no part of it is taken for an option.
func sqliteURI(path, mode string, wait time.Duration) string {
	slashed := filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		slashed = "/" + slashed // C:/… is written file:///C:/…
	}
	if slashed[0] != '/' {
		slashed = "./" + slashed
	}
	escaped := (&url.URL{Path: slashed}).EscapedPath()
	if escaped[0] == '/' {
		escaped = "//" + escaped
	}
	return "file:" + escaped + "?mode=" + mode + "&_txlock=immediate&_pragma=busy_timeout(" + strconv.FormatInt(wait.Milliseconds(), 10) + ")"
}

// lockFile locks the history against other runs until it is released.
func (s *Store) lockFile(ctx context.Context, _ []string) (func() error, error) {
	_, release, err := s.lockBeside(ctx, lockSuffix, s.wait)
	if errors.Is(err, errLocked) {
		return nil, s.busy()
	}
	return release, err
}

// errLocked says that another process has a file's lock.
var errLocked = errors.New("locked")

// lockBeside locks a file beside the history until it is released.
func (s *Store) lockBeside(ctx context.Context, suffix string, wait time.Duration) (*sql.Conn, func() error, error) {
	path := s.name + suffix
	if err := createPrivate(path); err != nil {
		return nil, nil, s.fail("lock", err)
	}
	db, err := sql.Open("sqlite", sqliteURI(path, "rw", wait))
	if err != nil {
		return nil, nil, s.fail("lock", err)
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err != nil {
		_ = db.Close() // nothing was written to it
		if known, ok := errors.AsType[*sqlite.Error](err); ok && known.Code()&0xff == lib.SQLITE_BUSY {
			return nil, nil, errLocked
		}
		return nil, nil, s.fail("lock", err)
	}
	return conn, func() error { return errors.Join(conn.Close(), db.Close()) }, nil
}

// bare returns a file error without the name, which the message already gives.
func bare(err error) error {
	if known, ok := errors.AsType[*fs.PathError](err); ok {
		return known.Err
	}
	return err
}
