package history

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"hash/fnv"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

func (s *Store) openPostgres(ctx context.Context, place string) error {
	s.postgres = true
	s.name = "postgres"
	u, err := url.Parse(place)
	if err != nil {
		// The parser's message holds the URL, and so the password.
		return &Error{Name: s.name, Problem: "not a valid URL", Advice: "write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters escaped"}
	}
	s.name = "postgres://" + u.Host + u.Path
	s.secrets = secrets(place, u)
	config, err := pgx.ParseConfig(place)
	if err != nil {
		return &Error{Name: s.name, Problem: "not a valid URL", Advice: "write postgres://USER:PASSWORD@HOST:PORT/DATABASE", Err: s.scrub(err)}
	}
	if config.Password != "" {
		s.secrets = append(s.secrets, config.Password)
	}
	if s.readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	s.db = stdlib.OpenDB(*config)
	s.db.SetMaxOpenConns(8)
	s.lock = s.lockTenants
	return s.fail("connect", s.db.PingContext(ctx))
}

// secrets are all spellings in which a URL holds a password, longest first.
func secrets(place string, u *url.URL) []string {
	found := []string{place}
	if password, ok := u.User.Password(); ok {
		found = append(found, password, url.QueryEscape(password), url.PathEscape(password))
	}
	for name, values := range u.Query() {
		if name == "password" || name == "sslpassword" {
			for _, v := range values {
				found = append(found, v, url.QueryEscape(v))
			}
		}
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return slices.DeleteFunc(slices.Compact(found), func(v string) bool { return v == "" })
}

// everything is the key that each run shares, and that pruning has alone.
const everything = 5390147121

// lockTenants holds a run's tenants against other runs, or the whole history
// where none are named. The server lets go of them when the connection ends,
// however that comes about.
func (s *Store) lockTenants(ctx context.Context, tenants []string) (func() error, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, s.fail("lock", err)
	}
	shared := "_shared"
	if tenants == nil {
		shared = ""
	}
	keys := make([]int64, len(tenants))
	for i, tenant := range tenants {
		h := fnv.New64a()
		_, _ = h.Write([]byte("trailguard run of " + tenant)) // never fails
		keys[i] = int64(h.Sum64())
	}
	slices.Sort(keys) // so that two runs never wait for each other
	keys = slices.Compact(keys)
	err = s.lockKey(ctx, conn, "SELECT pg_try_advisory_lock"+shared+"($1)", everything)
	for _, key := range keys {
		if err == nil {
			err = s.lockKey(ctx, conn, "SELECT pg_try_advisory_lock($1)", key)
		}
	}
	if err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // drops the connection, and with it the locks
		_ = conn.Close()
		return nil, err
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock_all()")
		return s.fail("unlock", errors.Join(err, conn.Close()))
	}, nil
}

const lockPause = 100 * time.Millisecond

func (s *Store) lockKey(ctx context.Context, conn *sql.Conn, query string, key int64) error {
	for waited := time.Duration(0); ; waited += lockPause {
		var held bool
		if err := conn.QueryRowContext(ctx, query, key).Scan(&held); err != nil {
			return s.fail("lock", err)
		}
		if held {
			return nil
		}
		if waited >= s.wait {
			return &Error{Name: s.name, Problem: "not begun after waiting " + s.wait.String(), Advice: "try again when that run has ended", Err: ErrBusy}
		}
		select {
		case <-ctx.Done():
			return s.fail("lock", ctx.Err())
		case <-time.After(lockPause):
		}
	}
}
