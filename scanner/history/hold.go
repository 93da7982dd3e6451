package history

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// ErrHeld says that another process works on the history for good.
var ErrHeld = errors.New("another trailguard serve works on it")

// Hold keeps other services from a history for as long as it is held. The system
// lets go of it when the process ends, however that comes about. Single runs are
// not kept from it.
type Hold struct {
	take func(ctx context.Context) (*sql.Conn, func() error, error)

	mu      sync.Mutex
	conn    *sql.Conn // nil: it was lost
	release func() error
}

// Hold takes the history for a service. It is ErrHeld where another one has it.
func (s *Store) Hold(ctx context.Context) (*Hold, error) {
	h := &Hold{take: s.takeFile}
	if s.postgres {
		h.take = s.takeServer
	}
	return h, h.Keep(ctx)
}

// Keep makes sure that the history is still held, and takes it again where the
// connection to its server was lost. It is ErrHeld where another one was faster.
func (h *Hold) Keep(ctx context.Context) (err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil {
		if h.conn.PingContext(ctx) == nil {
			return nil
		}
		_ = h.release() // it is lost already
		h.conn = nil
	}
	h.conn, h.release, err = h.take(ctx)
	return err
}

// Release lets go of the history.
func (h *Hold) Release() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil {
		return nil
	}
	h.conn = nil
	return h.release()
}

// holdSuffix names the file beside an SQLite history that a service holds.
const holdSuffix = ".serve"

// holdWait is how long a service waits for one that is about to end.
const holdWait = 2 * time.Second

func (s *Store) takeFile(ctx context.Context) (*sql.Conn, func() error, error) {
	conn, release, err := s.lockBeside(ctx, holdSuffix, holdWait)
	if errors.Is(err, errLocked) {
		return nil, nil, s.held()
	}
	return conn, release, err
}

const holdKey = everything + 1

func (s *Store) takeServer(ctx context.Context) (*sql.Conn, func() error, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, nil, s.fail("lock", err)
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", holdKey).Scan(&got); err != nil || !got {
		_ = conn.Close() // nothing is held
		if err == nil {
			err = s.held()
		}
		return nil, nil, s.fail("lock", err)
	}
	return conn, func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", holdKey)
		return s.fail("unlock", errors.Join(err, conn.Close()))
	}, nil
}

func (s *Store) held() error {
	return &Error{Name: s.name, Problem: "it is taken", Advice: "end the other one first, or name another history", Err: ErrHeld}
}

// Ready says whether the history answers, and has the tables of this version.
func (s *Store) Ready(ctx context.Context) error {
	var n int64
	_, err := s.pool().one(ctx, "SELECT COUNT(*) FROM outbox", nil, &n)
	return s.fail("look at", err)
}
