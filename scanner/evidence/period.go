package evidence

import (
	"errors"
	"fmt"
	"time"
)

// Period is the days whose runs are in a pack.
type Period struct {
	From string `json:"from"` // a day in UTC, YYYY-MM-DD
	To   string `json:"to"`   // the last day
	// LeftOut holds the runs of these days whose snapshots are gone.
	LeftOut []LeftOut `json:"leftOut"`
}

// LeftOut is a run that a pack does not hold.
type LeftOut struct {
	Number      int64     `json:"number"`
	CollectedAt time.Time `json:"collectedAt"`
	Reason      string    `json:"reason"`
}

// maxDays bounds a period: ten years.
const maxDays = 3660

// Check refuses an invalid period.
func (p *Period) Check() error {
	from, to, err := p.days()
	switch {
	case err != nil:
		return err
	case to.Before(from):
		return fmt.Errorf("the period ends on %s, before it begins on %s", p.To, p.From)
	case to.Sub(from) > maxDays*24*time.Hour:
		return errors.New("the period is longer than ten years")
	}
	return nil
}

func (p *Period) days() (from, to time.Time, err error) {
	if from, err = time.Parse(time.DateOnly, p.From); err != nil {
		return from, to, fmt.Errorf("%q is no day: write YYYY-MM-DD", p.From)
	}
	if to, err = time.Parse(time.DateOnly, p.To); err != nil {
		return from, to, fmt.Errorf("%q is no day: write YYYY-MM-DD", p.To)
	}
	return from, to, nil
}

// Holds says whether a time is in the period.
func (p *Period) Holds(at time.Time) bool {
	day := at.UTC().Format(time.DateOnly)
	return p.From <= day && day <= p.To
}

// Missing returns the number of days, and the days on which nothing was collected.
func (p *Period) Missing(collected []time.Time) (days int, missing []string) {
	some := map[string]bool{}
	for _, at := range collected {
		some[at.UTC().Format(time.DateOnly)] = true
	}
	from, to, err := p.days()
	if err != nil {
		return 0, nil // it was checked
	}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		days++
		if text := day.Format(time.DateOnly); !some[text] {
			missing = append(missing, text)
		}
	}
	return days, missing
}
