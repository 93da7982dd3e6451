package aws

import (
	"context"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/bulk"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/once"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/aws/internal/patience"
	"github.com/trailguard/trailguard/scanner/iam"
)

// run is one collection: what has been asked in it is not asked again.
type run struct {
	*Collector
	base   *clients
	caller identity // of the base credentials; empty: not known
	// callerGap says why the caller is not known.
	callerGap *failure
	breaker   breaker

	accounts once.Map[string, access]
	buckets  once.Map[bucketID, *bucket]
	settings once.Map[string, answer]    // Block Public Access by owner
	overall  once.Map[string, answer]    // the organization's, by owner
	keys     once.Map[string, batch]     // by ARN
	trailed  once.Map[[2]string, batch]  // what CloudTrail says by account and region
	policies once.Map[[2]string, answer] // managed ones by account and ARN
	groups   once.Map[string, group]     // by ARN

	wanted map[iamAccount]*bulk.Wanted // roles and users; not written to once the plan is made
	bulks  once.Map[iamAccount, *bulk.Details]

	organization *organization.Reader // nil: nobody configured how to read it

	histories once.Map[string, batch]     // by ARN
	paces     once.Map[[2]string, *paced] // by account and region

	bucketPolicies once.Map[bucketID, batch] // of buckets whose policies tell who writes
	namedUsers     once.Map[string, batch]   // by ARN
}

// access is a set of credentials, or why there is none.
type access struct {
	clients *clients
	failure *failure
}

// answer is a text that was read, or why there is none.
type answer struct {
	text    string
	absent  bool
	from    gate.Answer
	failure *failure
}

// call sends one operation, with its retries, when the account's turn has
// come. Where it sends several requests, the answer is to the last.
func call[T any](ctx context.Context, r *run, c *clients, name string, send func(context.Context) (T, error)) (T, gate.Answer, *failure) {
	var none T
	from := gate.Answer{Call: name}
	select {
	case c.gate <- struct{}{}:
		defer func() { <-c.gate }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // also where both were ready
		return none, from, classify(ctx, name, ctx.Err(), nil)
	}
	if f := r.breaker.tripped(name); f != nil {
		return none, from, f
	}
	last := &lastAttempt{}
	limited, cancel := r.limit(context.WithValue(from.Noted(ctx), lastAttemptKey{}, last))
	defer cancel()
	out, err := send(limited)
	from.At = r.options.Now()
	if err == nil {
		r.breaker.note(name, nil)
		return out, from, nil
	}
	f := classify(ctx, name, err, last.err)
	r.breaker.note(name, f)
	return none, from, f
}

// limit gives a call its time.
func (r *run) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.options.Budget == nil {
		return context.WithTimeout(ctx, r.options.Timeout)
	}
	return patience.With(ctx, r.options.Timeout, r.options.Now)
}

// reach returns the credentials that may ask an account about itself. Where
// the caller's own account is not known, its credentials are tried; what they
// return names its account.
func (r *run) reach(ctx context.Context, account string) access {
	if _, configured := r.account(account); configured {
		return r.assumed(ctx, account)
	}
	if r.caller.account == account || r.caller.account == "" {
		return access{clients: r.base}
	}
	return access{failure: &failure{
		call: callAssumeRole, reason: scanner.ReasonDenied, elsewhere: true,
		detail: fmt.Sprintf("the credentials belong to account %s; %s", r.caller.account, accountHint(account)),
	}}
}

// account returns through which role an account is read: its own, or that of
// the default where it is not the caller's.
func (r *run) account(id string) (Account, bool) {
	if own, configured := r.options.Accounts[id]; configured {
		return own, true
	}
	d := r.options.Default
	if d.RoleName == "" || id == r.caller.account || !iam.IsAccountID(id) {
		return Account{}, false
	}
	return Account{AssumeRole: "arn:" + r.partition() + ":iam::" + id + ":role/" + d.RoleName, ExternalID: d.ExternalID}, true
}

// accountHint says how to let the program read a further account.
func accountHint(account string) string {
	return fmt.Sprintf("set aws.accounts[%q].assumeRole to a reader role of account %s", account, account)
}

// known says whether there are credentials that belong to an account.
func (r *run) known(account string) bool {
	_, configured := r.account(account)
	return account != "" && (configured || r.caller.account == account)
}

// regionIn returns where a service without regions of its own is asked: the
// configured region, unless it belongs to another partition.
func (r *run) regionIn(partition string) string {
	home := partitions.Home(partition)
	if home == "" || partitions.Of(r.region) == partition && r.region != "" {
		return r.region
	}
	return home
}

// partition is the caller's, for what says nothing about its own.
func (r *run) partition() string {
	if r.caller.partition != "" {
		return r.caller.partition
	}
	return partitions.Of(r.region)
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
