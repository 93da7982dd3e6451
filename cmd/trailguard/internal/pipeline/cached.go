package pipeline

import (
	"context"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/opa"
)

// CachedJudge takes the results of the last complete run for exports that are
// as they were then, and judges anew only what the time alone can change. Its
// results are those of its Judge.
type CachedJudge struct {
	*Judge
	// Reused counts the exports whose results were taken over.
	Reused int

	caches map[string]*history.Cache // by tenant
	timely *opa.Engine               // the rules that depend on the time; nil: there are none
}

// newCachedJudge returns the judge itself where a rule needs facts that depend
// on the time beside others: it can not be judged apart.
func newCachedJudge(ctx context.Context, judge *Judge, store *history.Store, tenants []scanner.Tenant, digest string) (*CachedJudge, error) {
	c := &CachedJudge{Judge: judge, caches: map[string]*history.Cache{}}
	var ids []string
	for _, rule := range judge.Engine.Rules() {
		timely := 0
		for _, fact := range rule.Requires {
			if slices.Contains(facts.TimelyFacts(), fact) {
				timely++
			}
		}
		switch {
		case timely == 0:
		case timely < len(rule.Requires):
			return c, nil
		default:
			ids = append(ids, rule.ID)
		}
	}
	if len(ids) > 0 {
		var err error
		if c.timely, err = judge.Engine.Select(ctx, ids...); err != nil {
			return nil, err
		}
	}
	for i := range tenants {
		cache, err := store.Cache(ctx, tenants[i].Name, digest)
		if err != nil {
			return nil, err
		}
		c.caches[tenants[i].Name] = cache
	}
	return c, nil
}

// Record implements scanner.Judge.
func (c *CachedJudge) Record(ctx context.Context, record *scanner.Record) ([]scanner.Result, error) {
	cache := c.caches[record.Configuration.Tenant]
	if cache == nil || facts.Dated(record) {
		return c.Judge.Record(ctx, record)
	}
	results, known, err := cache.Results(ctx, record)
	if err != nil {
		return nil, err
	}
	if !known {
		return c.Judge.Record(ctx, record)
	}
	subject, err := c.Deriver.Timely(record)
	if err != nil {
		return nil, err
	}
	c.Reused++
	if c.timely == nil {
		return results, nil
	}
	fresh, err := c.timely.Evaluate(ctx, subject)
	if err != nil {
		return nil, err
	}
	for i := range results {
		at := slices.IndexFunc(fresh, func(r scanner.Result) bool { return r.RuleID == results[i].RuleID })
		if at >= 0 {
			results[i] = fresh[at]
		}
	}
	return results, nil
}
