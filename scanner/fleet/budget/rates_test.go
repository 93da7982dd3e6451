package budget_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/fleet/budget"
)

var _ aws.Budget = (*budget.Budgets)(nil)

// TestUnlimited: what has no rate does not depend on the database.
func TestUnlimited(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	b := budget.New(pool, map[string]float64{"s3": 0, "iam": math.NaN(), "kms": math.Inf(1), "cloudtrail": 1, "organizations/lookup": 1})
	b.Hurry(time.Second)
	for _, service := range []string{"s3", "iam", "kms", "sts", "organizations"} {
		if err := b.Wait(t.Context(), aws.Quota{Account: "1", Service: service}); err != nil {
			t.Errorf("%s: %v", service, err)
		}
		b.Throttled(t.Context(), aws.Quota{Account: "1", Service: service})
	}
	for _, q := range []aws.Quota{{Service: "cloudtrail"}, {Service: "cloudtrail", Class: "lookup"}, {Service: "organizations", Class: "lookup"}} {
		if err := b.Wait(t.Context(), q); err == nil {
			t.Errorf("%+v was let go without the database", q)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Wait(ctx, aws.Quota{Service: "sts"}); err == nil {
		t.Error("let go after the end")
	}
}

// TestRates: each call gets what its service or class has, and the map is the caller's.
func TestRates(t *testing.T) {
	rates := budget.Rates()
	for _, name := range []string{"iam", "s3", "s3control", "organizations", "cloudtrail", "cloudtrail/" + aws.ClassLookup} {
		if rates[name] <= 0 {
			t.Errorf("%s has no rate", name)
		}
	}
	rates["iam"] = 0
	if budget.Rates()["iam"] == 0 {
		t.Error("the defaults changed with what was made of them")
	}
}
