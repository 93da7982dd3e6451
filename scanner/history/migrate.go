package history

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. Two processes that open a new history
// at once take turns.
func (s *Store) migrate(ctx context.Context) error {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true)}
	if s.postgres {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return s.fail("prepare the tables", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return s.fail("prepare the tables", err)
	}
	provider, err := goose.NewProvider(dialect, s.db, files, options...)
	if err != nil {
		return s.fail("prepare the tables", err)
	}
	pending, err := s.pending(ctx, provider)
	if err != nil || !pending {
		return err
	}
	if s.readOnly {
		return &Error{Name: s.name, Problem: "the tables are not those of this version", Advice: "record a run first, or open it with the program that wrote it"}
	}
	if !s.postgres {
		release, err := s.lock(ctx, nil)
		if err != nil {
			return err
		}
		defer release() //nolint:errcheck // nothing is lost with it
	}
	_, err = provider.Up(ctx)
	return s.fail("prepare the tables", err)
}

// pending says whether a migration is due, and refuses a history that a later
// version wrote.
func (s *Store) pending(ctx context.Context, provider *goose.Provider) (bool, error) {
	var version int64
	query := "SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'"
	if s.postgres {
		query = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('goose_db_version')"
	}
	var tables int64
	if _, err := s.pool().one(ctx, query, nil, &tables); err != nil {
		return false, s.fail("open", err)
	}
	if tables == 0 {
		return true, nil
	}
	if _, err := s.pool().one(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version", nil, &version); err != nil {
		return false, s.fail("open", err)
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	switch {
	case version > newest:
		return false, &Error{Name: s.name, Problem: "a later version of trailguard wrote it", Advice: "use that version, or another history"}
	case version > 0 && version < sources[0].Version:
		return false, &Error{
			Name: s.name, Problem: "an earlier version of trailguard wrote it, in a form that this one does not read",
			Advice: "nothing in it was changed: take its runs out with that version (trailguard history export RUN -o FILE), and name another history with --history",
		}
	}
	return version < newest, nil
}
