package history

import (
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// timeFormat is one that sorts as text, and loses nothing.
const timeFormat = "2006-01-02T15:04:05.000000000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeFormat) }

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeFormat, s)
	if err != nil {
		return t, fmt.Errorf("%q is no time: %w", s, body.ErrDamaged)
	}
	return t, nil
}
