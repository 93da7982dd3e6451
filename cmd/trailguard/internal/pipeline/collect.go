package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// CollectOptions say what to collect, and how.
type CollectOptions struct {
	Config  *config.Config
	Tenants []string // names; empty: all that are configured
	// ExportsFile is a saved answer of Immuta, read instead of asking it.
	ExportsFile string
	Concurrency int // AWS calls at once for each account; 0: the collector's default
	BulkFrom    int // roles and users of an account that are read all at once; 0: the collector's default
	Patience    Patience
	ToolVersion string
	Now         func() time.Time
	At          time.Time       // that the snapshot is said to be of; zero: when it is begun
	Traffic     scanner.Traffic // is told of every request; nil: nobody is
	Progress    func(done, total int)
	Who         *Who       // nil: nobody is asked who changed what
	Budget      aws.Budget // that processes share; nil: requests are sent as they come
	// Warn is told what went wrong with a tenant that could not be read while
	// others could.
	Warn func(error)
}

// Patience bounds how long single requests are tried. The zero value means the
// defaults of each client.
type Patience struct {
	Timeout  time.Duration // of one request
	Attempts int           // of one request
	Wait     time.Duration // between two attempts at most
}

// retries is the number of attempts after the first, as the Immuta client
// counts them: 0 is its default, and none is negative.
func (p Patience) retries() int {
	switch p.Attempts {
	case 0:
		return 0
	case 1:
		return -1
	default:
		return p.Attempts - 1
	}
}

// Create opens the snapshot that is written to.
type Create func(scanner.Header, []scanner.Tenant) (*snapshot.Writer, error)

// Collected is what Collect has to say about the snapshot that it wrote.
type Collected struct {
	Digest      string
	Exports     int
	Gaps        int
	Interrupted bool
	// Complete is false when a tenant could not be read whole.
	Complete bool
}

// ErrNoTenant says that no tenant could be read, so there is nothing to judge.
var ErrNoTenant = errors.New("no tenant could be read")

// Collect lists the exports of all tenants, reads what AWS says about each and
// writes the snapshot as it goes. It fails when no tenant can be read, when a
// setting cannot work, or when the snapshot cannot be written; whatever else
// goes wrong is a gap in the snapshot.
func Collect(ctx context.Context, o CollectOptions, create Create) (Collected, error) {
	header, listed, err := begin(ctx, &o)
	if err != nil {
		return Collected{}, err
	}
	collectors, err := newCollectors(ctx, &o, listed)
	if err != nil {
		return Collected{}, err
	}
	known := make([]scanner.Tenant, len(listed))
	for i := range listed {
		known[i] = listed[i].tenant
	}
	c, err := newCollecting(header, known, create)
	if err != nil {
		return Collected{}, err
	}
	defer c.w.Discard()
	for _, of := range collectors {
		if err := of.collector.Collect(ctx, of.records, c.record); err != nil {
			return Collected{}, err
		}
	}
	return c.end(ctx.Err() != nil)
}

// begin lists the exports of the tenants that are meant.
func begin(ctx context.Context, o *CollectOptions) (scanner.Header, []listing, error) {
	collectedAt := o.At
	if collectedAt.IsZero() {
		collectedAt = o.Now()
	}
	collectedAt = collectedAt.UTC().Truncate(time.Millisecond)
	o.toTheSecond()
	tenants, err := selectTenants(o.Config, o.Tenants)
	if err != nil {
		return scanner.Header{}, nil, err
	}
	listed, err := list(ctx, o, tenants)
	return scanner.Header{ToolVersion: o.ToolVersion, CollectedAt: collectedAt, Settings: settings(o, listed), Requests: true}, listed, err
}

// toTheSecond has evidence dated to the second: more says nothing, and costs a
// history dearly.
func (o *CollectOptions) toTheSecond() {
	now := o.Now
	o.Now = func() time.Time { return now().UTC().Truncate(time.Second) }
}

// collecting is a snapshot that is being written.
type collecting struct {
	w   *snapshot.Writer
	out Collected
}

func newCollecting(header scanner.Header, tenants []scanner.Tenant, create Create) (*collecting, error) {
	w, err := create(header, tenants)
	if err != nil {
		return nil, err
	}
	c := &collecting{w, Collected{Complete: true}}
	for i := range tenants {
		c.out.Complete = c.out.Complete && tenants[i].Complete
		c.out.Gaps += len(tenants[i].Gaps)
	}
	return c, nil
}

func (c *collecting) record(r scanner.Record) error {
	c.out.Exports++
	c.out.Gaps += len(r.Gaps)
	return c.w.Record(r)
}

func (c *collecting) end(interrupted bool) (_ Collected, err error) {
	c.out.Interrupted = interrupted
	c.out.Digest, err = c.w.Close(interrupted)
	return c.out, err
}

// settings are those of the tenants that were listed, the one of a saved
// answer included.
func settings(o *CollectOptions, listed []listing) scanner.Settings {
	s := o.Config.Settings()
	expect := map[string]scanner.Expect{}
	for i := range listed {
		expect[listed[i].tenant.Name] = o.Config.TenantExpect(&listed[i].configured)
	}
	s.Expect = expect
	return s
}

// collection is the work of one collector.
type collection struct {
	collector *aws.Collector
	records   []scanner.Record
}

// newCollectors makes one collector for all tenants that reach AWS alike, so
// that what they share is asked for once.
func newCollectors(ctx context.Context, o *CollectOptions, listed []listing) ([]collection, error) {
	var collections []collection
	index := map[string]int{}
	for i := range listed {
		settings := o.Config.TenantAWS(&listed[i].configured)
		key := fmt.Sprintf("%+v", settings)
		if _, ok := index[key]; !ok {
			collector, err := NewCollector(ctx, settings, o)
			if err != nil {
				return nil, err
			}
			index[key] = len(collections)
			collections = append(collections, collection{collector: collector})
		}
		c := &collections[index[key]]
		c.records = append(c.records, listed[i].records...)
	}
	for i := range collections {
		sortRecords(collections[i].records)
	}
	return collections, nil
}

// sortRecords puts records into the order of a snapshot.
func sortRecords(records []scanner.Record) {
	slices.SortStableFunc(records, func(a, b scanner.Record) int {
		return cmp.Or(strings.Compare(a.Configuration.Tenant, b.Configuration.Tenant), strings.Compare(a.Configuration.ID, b.Configuration.ID))
	})
}

// NewCollector returns the collector for a configuration's AWS settings.
func NewCollector(ctx context.Context, settings config.AWS, o *CollectOptions) (*aws.Collector, error) {
	accounts := make(map[string]aws.Account, len(settings.Accounts))
	byDefault := settings.Accounts[config.DefaultAccount]
	for id, account := range settings.Accounts {
		if id != config.DefaultAccount {
			accounts[id] = aws.Account{AssumeRole: account.AssumeRole, ExternalID: account.ExternalID}
		}
	}
	s := o.Config.Settings()
	options := aws.Options{
		Profile: settings.Profile, Region: settings.Region, CABundle: settings.CABundle,
		Endpoint: settings.Endpoint, Endpoints: settings.Endpoints,
		Accounts: accounts, Default: aws.DefaultAccount{RoleName: byDefault.RoleName, ExternalID: byDefault.ExternalID}, Organization: aws.Account{AssumeRole: settings.Organization.AssumeRole, ExternalID: settings.Organization.ExternalID},
		Hints: s.Exports, Expect: s.Expect,
		Concurrency: o.Concurrency, BulkFrom: o.BulkFrom, Now: o.Now, Traffic: o.Traffic, Progress: o.Progress,
		Budget: o.Budget, Timeout: o.Patience.Timeout, MaxAttempts: o.Patience.Attempts, MaxBackoff: o.Patience.Wait,
	}
	if o.Who != nil {
		options.Who = o.Who.Asked
	}
	collector, err := aws.New(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("set up aws: %w", err)
	}
	return collector, nil
}
