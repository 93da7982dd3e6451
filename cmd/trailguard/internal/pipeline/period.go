package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/period"
)

// holeRule is the rule that finds holes in what was delivered.
const holeRule = "delivery_continuous"

// Attest adds up what the runs of a history said from one day to another, both of them
// in it, of which midnight in UTC is given. A framework is named as people type it;
// empty: all. One run is held at a time.
func Attest(ctx context.Context, store *history.Store, from, to time.Time, framework string) (*scanner.Period, error) {
	past, err := store.Past(ctx, to.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	a := &attesting{past: past, runs: past.Runs(), from: from, to: to}
	if framework, err = a.framework(ctx, framework); err != nil {
		return nil, err
	}
	b := period.New(from, to, framework)
	if err := a.add(ctx, b); err != nil {
		return nil, err
	}
	episodes, err := a.episodes(ctx)
	if err != nil {
		return nil, err
	}
	p := b.Result(episodes, past.Approvals())
	p.HistoryHead = past.Head()
	return p, a.deliveries(ctx, p)
}

type attesting struct {
	past     *history.Past
	runs     []scanner.Judgement
	from, to time.Time
}

// framework is the one that is meant, among those of the last run that says.
func (a *attesting) framework(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	var known []string
	for i := range slices.Backward(a.runs) {
		j := a.runs[i]
		if err := a.past.Read(ctx, &j, func(*scanner.SubjectResults) {}); err != nil {
			return "", err
		}
		for k := range j.Controls {
			if f := j.Controls[k].Framework; !slices.Contains(known, f) {
				known = append(known, f)
			}
		}
		if j.Kept {
			break
		}
	}
	found := Framework(name, known)
	if found == "" && len(known) == 0 {
		return "", fmt.Errorf("no run until %s says anything of a framework", a.to.Format(time.DateOnly))
	}
	if found == "" {
		return "", fmt.Errorf("no framework %q: there are %s", name, strings.Join(known, ", "))
	}
	return found, nil
}

// Framework is the one of these that somebody means; empty: none. Blanks and signs do
// not count, nor does what follows: soc2 is SOC 2.
func Framework(name string, known []string) string {
	plain := func(name string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, name)
	}
	for _, k := range known {
		if plain(name) != "" && strings.HasPrefix(plain(k), plain(name)) {
			return k
		}
	}
	return ""
}

// add hands the runs of the period over, and for each tenant the last before it that
// was whole: it says what there was when the period began.
func (a *attesting) add(ctx context.Context, b *period.Builder) error {
	known, before := map[string]bool{}, map[string]int{}
	for i := range a.runs {
		j := &a.runs[i]
		for _, tenant := range j.Tenants {
			if !known[tenant] {
				known[tenant] = true
				b.Tenant(tenant, j.CollectedAt)
			}
		}
		for _, tenant := range j.Whole {
			if j.CollectedAt.Before(a.from) {
				before[tenant] = i
			}
		}
	}
	for i := range a.runs {
		j := &a.runs[i]
		last := slices.ContainsFunc(j.Whole, func(tenant string) bool { return before[tenant] == i })
		if j.CollectedAt.Before(a.from) && !last {
			continue
		}
		begun := false
		begin := func() {
			if !begun {
				begun = true
				b.Begin(j)
			}
		}
		err := a.past.Read(ctx, j, func(r *scanner.SubjectResults) {
			begin()
			b.Subject(r)
		})
		if err != nil {
			return err
		}
		begin()
		j.Rules, j.Controls, j.Waivers = nil, nil, nil
	}
	return nil
}

// episodes are the failures of the period.
func (a *attesting) episodes(ctx context.Context) ([]scanner.PeriodEpisode, error) {
	all, err := a.past.Episodes(ctx, a.from)
	if err != nil {
		return nil, err
	}
	at := map[int64]time.Time{}
	for i := range a.runs {
		at[a.runs[i].Run] = a.runs[i].CollectedAt
	}
	var list []scanner.PeriodEpisode
	for i := range all {
		e := &all[i]
		if e.Status != scanner.StatusFail {
			continue
		}
		p := scanner.PeriodEpisode{
			Tenant: e.Tenant, ExportID: e.ExportID, RuleID: e.Rule, Severity: e.Severity, Resource: e.Resource, Fingerprint: e.Fingerprint,
			FirstSeen: e.FirstSeen, LastSeen: at[e.LastRun], ResolvedAt: e.ResolvedAt, Ending: e.Ending,
		}
		if e.Ending == history.EndResolved {
			p.HoursToMend = float64(e.ResolvedAt.Sub(e.FirstSeen)/time.Minute) / 60
		}
		list = append(list, p)
	}
	return list, nil
}

// stride is how many days lie between two runs at most whose listings are read. Each
// tells of many days; what is removed from the bucket between two is not seen.
const stride = 7

// deliveries reads listings from the last back to the first, so many that every day
// that a listing tells of is told, and what the exports write to.
func (a *attesting) deliveries(ctx context.Context, p *scanner.Period) error {
	found, names := period.NewDeliveries(a.from, a.to), map[[2]string]string{}
	for _, tenant := range p.Tenants {
		var next time.Time // the next to be read is the first of this day or later
		candidate := -1
		read := func(i int) error {
			day := a.runs[i].CollectedAt.UTC().Truncate(24 * time.Hour)
			next = day.AddDate(0, 0, -stride)
			return a.past.Deliveries(ctx, a.runs[i].Run, func(c *scanner.ExportConfiguration, at time.Time, d *document.Delivery) {
				if c.Tenant != tenant {
					return
				}
				if names[[2]string{tenant, c.ID}] == "" {
					names[[2]string{tenant, c.ID}] = c.Endpoint.Destination()
				}
				if d == nil {
					return
				}
				if since := found.Add(tenant, c.ID, at, d); since.After(next) && since.Before(day) {
					next = since
				}
			})
		}
		for i := range slices.Backward(a.runs) {
			if j := &a.runs[i]; j.CollectedAt.Before(a.from) || !slices.Contains(j.Whole, tenant) {
				continue
			}
			if candidate >= 0 && a.runs[i].CollectedAt.Before(next) {
				if err := read(candidate); err != nil {
					return err
				}
				candidate = -1
			}
			if next.IsZero() {
				if err := read(i); err != nil {
					return err
				}
				continue
			}
			candidate = i
		}
		if candidate >= 0 {
			if err := read(candidate); err != nil {
				return err
			}
		}
	}
	for i := range p.Exports {
		e := &p.Exports[i]
		e.Destination = names[[2]string{e.Tenant, e.ExportID}]
	}
	found.Result(p, holeRule)
	return nil
}
