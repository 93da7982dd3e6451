package history

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
	config.AfterConnect = keepAlive
	s.server = config
	s.db = stdlib.OpenDB(*config)
	s.db.SetMaxOpenConns(8)
	s.lock = s.lockTenants
	return s.fail("connect", s.db.PingContext(ctx))
}

// keepAlive has the server notice within a minute or so that a client's machine is
// gone, and let go of its locks. It is no parameter of the connection, which a pooler
// between them might refuse; a server that refuses it does as it always did.
func keepAlive(ctx context.Context, conn *pgconn.PgConn) error {
	_, _ = conn.Exec(ctx, "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3").ReadAll()
	return ctx.Err()
}

// Server is how the history's Postgres is reached, for what else is kept in its
// database; nil: the history is a file.
func (s *Store) Server() *pgx.ConnConfig {
	if s.server == nil {
		return nil
	}
	return s.server.Copy()
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

// everything is the key of the advisory lock that runs share and pruning holds
// alone.
const everything = 5390147121

// lockTenants locks a run's tenants against other runs, or the whole history
// where no tenant is named. The server releases the locks when the connection
// ends, for whatever reason.
func (s *Store) lockTenants(ctx context.Context, tenants []string) (func() error, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, s.fail("lock", err)
	}
	lock := "SELECT pg_advisory_lock($1)"
	if tenants != nil {
		lock = "SELECT pg_advisory_lock_shared($1)"
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("SET lock_timeout = %d", max(1, s.wait.Milliseconds())))
	if err == nil {
		_, err = conn.ExecContext(ctx, lock, everything)
	}
	for _, tenant := range slices.Sorted(slices.Values(tenants)) { // so that two runs never wait for each other
		if err == nil {
			_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", "trailguard run of "+tenant)
		}
	}
	if err == nil {
		return func() error {
			_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock_all(); RESET lock_timeout")
			return s.fail("unlock", errors.Join(err, conn.Close()))
		}, nil
	}
	_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // drops the connection, and with it the locks
	_ = conn.Close()
	const lockNotAvailable = "55P03"
	if known, ok := errors.AsType[*pgconn.PgError](err); ok && known.Code == lockNotAvailable {
		return nil, s.busy()
	}
	return nil, s.fail("lock", err)
}
