package history

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say how a history is opened.
type Options struct {
	// Wait bounds how long a run waits for another to end; 0: ten seconds.
	Wait time.Duration
	// ReadOnly opens an existing history, and changes nothing.
	ReadOnly bool
}

const defaultWait = 10 * time.Second

// Store is an open history. It is safe for concurrent use; the runs that it
// begins are not.
type Store struct {
	db      *sql.DB
	name    string   // for messages
	secrets []string // must not appear in a message
	wait    time.Duration
	lock    func(ctx context.Context, tenants []string) (release func() error, err error)
	// readOnly says that nothing may be written.
	readOnly bool
	postgres bool
	server   *pgx.ConnConfig // nil: it is a file
}

// Open opens the history in a file, which it creates where there is none, or
// behind a postgres:// URL. The caller closes it.
func Open(ctx context.Context, place string, o Options) (*Store, error) {
	if o.Wait <= 0 {
		o.Wait = defaultWait
	}
	if holdsPassword(place) {
		return nil, errPassword
	}
	s := &Store{wait: o.Wait, readOnly: o.ReadOnly}
	var err error
	if IsURL(place) {
		err = s.openPostgres(ctx, place)
	} else {
		err = s.openSQLite(ctx, place)
	}
	if err == nil {
		err = s.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// IsURL says whether a history at a place is in Postgres, and not in a file.
func IsURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// errPassword refuses a connection string of keywords, without repeating it.
var errPassword = errors.New("history: keywords such as password=… are neither a file nor a URL: write postgres://USER@HOST/DATABASE, and the password in PGPASSWORD or ~/.pgpass")

var keywordPassword = regexp.MustCompile(`(?i)(^|\s)(password|passfile|sslpassword)\s*=`)

// holdsPassword says whether a place is a connection string of libpq keywords
// with a password. It would be taken for the name of a file, and messages would
// show it.
func holdsPassword(place string) bool { return !IsURL(place) && keywordPassword.MatchString(place) }

// Name is the file, or the server without user and password.
func (s *Store) Name() string { return s.name }

// Close closes the history.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	return s.fail("close", s.db.Close())
}

func (s *Store) pool() handle { return handle{querier: s.db, postgres: s.postgres} }

// in runs statements within a transaction.
func (s *Store) in(tx *sql.Tx) handle { return handle{querier: tx, postgres: s.postgres} }

// Within runs a function in one transaction, for example one that calls
// RecordShard.
func (s *Store) Within(ctx context.Context, do func(*sql.Tx) error) error {
	return s.within(ctx, "transaction", func(h handle) error { return do(h.querier.(*sql.Tx)) })
}

// within runs a function in one transaction.
func (s *Store) within(ctx context.Context, what string, do func(handle) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(what, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back, and before one the first error counts
	if err := do(s.in(tx)); err != nil {
		return s.fail(what, err)
	}
	return s.fail(what, tx.Commit())
}

// scrub removes secrets from an error's text. An error without secrets stays as
// it is, so that errors.Is and errors.As still work.
func (s *Store) scrub(err error) error {
	message := err.Error()
	clean := message
	for _, secret := range s.secrets {
		clean = strings.ReplaceAll(clean, secret, "***")
	}
	if clean == message {
		return err
	}
	return errors.New(clean)
}
