package drift

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

type lifecycleDocument struct{ Rules []lifecycleRule }

type lifecycleRule struct {
	Status string
	Prefix string // of old rules
	Filter struct {
		Prefix string
		And    struct{ Prefix string }
	}
	Expiration struct {
		Days int
		Date string
	}
	NoncurrentVersionExpiration struct{ NoncurrentDays int }
}

// reaches says whether a rule can delete objects under a path. Filters by tag
// or size are taken to match: what is uploaded there is not ours to foresee.
func (r *lifecycleRule) reaches(path string) bool {
	prefix := r.Prefix + r.Filter.Prefix + r.Filter.And.Prefix // one of them at most
	return r.Status == "Enabled" && (strings.HasPrefix(path, prefix) || strings.HasPrefix(prefix, path))
}

// never ranks above every number of days.
const never = 1 << 30

// kept returns after how many days objects under a path, and their old
// versions, are deleted at the earliest.
func (d *lifecycleDocument) kept(path string) (current, noncurrent int, fixedDate string) {
	current, noncurrent = never, never
	for i := range d.Rules {
		rule := &d.Rules[i]
		if !rule.reaches(path) {
			continue
		}
		if rule.Expiration.Days > 0 {
			current = min(current, rule.Expiration.Days)
		}
		if rule.Expiration.Date != "" && (fixedDate == "" || rule.Expiration.Date < fixedDate) {
			fixedDate = rule.Expiration.Date
		}
		if rule.NoncurrentVersionExpiration.NoncurrentDays > 0 {
			noncurrent = min(noncurrent, rule.NoncurrentVersionExpiration.NoncurrentDays)
		}
	}
	return current, noncurrent, fixedDate
}

// compareLifecycle asks how long objects under the export's path are kept.
func compareLifecycle(before, after string, c *comparison) ([]detail, error) {
	b, a, err := decode[lifecycleDocument](before, after)
	if err != nil {
		return nil, err
	}
	path := strings.TrimPrefix(c.after.Configuration.Endpoint.Path, "/")
	wasCurrent, wasOld, wasDate := b.kept(path)
	isCurrent, isOld, isDate := a.kept(path)
	details := ranked("/Rules", "the time after which objects are deleted", wasCurrent, isCurrent, keptFor(wasCurrent), keptFor(isCurrent))
	details = append(details, ranked("/Rules", "the time after which old versions are deleted", wasOld, isOld, keptFor(wasOld), keptFor(isOld))...)
	if wasDate == isDate {
		return details, nil
	}
	dated := detail{"/Rules", wasDate, isDate, scanner.EffectWeaker, "everything is deleted on " + isDate}
	if isDate == "" || wasDate != "" && isDate > wasDate {
		dated.effect, dated.message = scanner.EffectStronger, "everything was to be deleted on "+wasDate
	}
	return append(details, dated), nil
}

func keptFor(n int) string {
	if n == never {
		return "never"
	}
	return days(n)
}
