package recorded

import (
	"context"
	"os"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner/history"
)

// None is the value of --history for a run that is not recorded.
const None = "none"

// Default is where a history is kept unless somebody says otherwise;
// empty: nowhere.
func Default() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return history.DefaultPath(os.Getenv, home)
}

// Place says which history is read.
type Place struct {
	Config  string // the configuration that names it; empty: none does
	History string // FILE or URL; empty: the configuration's, else the default
}

// With opens the history, for reading only or not, and closes it again.
func (p *Place) With(ctx context.Context, o history.Options, do func(*history.Store) error) error {
	place := p.History
	if place == "" && p.Config != "" {
		c, err := config.Load(p.Config)
		if err != nil {
			return err
		}
		place = c.History
	}
	if place == "" {
		place = Default()
	}
	if place == "" || place == None {
		return cli.Usage("history: name one with --history FILE")
	}
	store, err := history.Open(ctx, place, o)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // what was changed is committed
	return do(store)
}

// Open opens a history; it returns nil for none. A default history that
// cannot be opened does not stop the run, since nobody asked for it: that is
// noted.
func Open(ctx context.Context, place string, note func(format string, args ...any)) (*history.Store, error) {
	switch place {
	case None:
		return nil, nil
	case "":
	default:
		return history.Open(ctx, place, history.Options{})
	}
	place = Default()
	if place == "" {
		note("no history is kept: there is no home folder; name one with --history, or none")
		return nil, nil
	}
	store, err := history.Open(ctx, place, history.Options{})
	if err != nil {
		note("no history is kept: %s; name one with --history, or none", err)
		return nil, nil
	}
	return store, nil
}
