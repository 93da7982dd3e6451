package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws"
	"github.com/trailguard/trailguard/scanner/immuta"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// tenantsAtOnce bounds how many Immuta instances are asked side by side.
const tenantsAtOnce = 8

// CollectOptions say what to collect, and how.
type CollectOptions struct {
	Config  *config.Config
	Tenants []string // names; empty: all that are configured
	// ExportsFile is a saved answer of Immuta, read instead of asking it.
	ExportsFile string
	Concurrency int // AWS calls at once for each account; 0: the collector's default
	Patience    Patience
	ToolVersion string
	Now         func() time.Time
	Logger      *slog.Logger
	Progress    func(done, total int)
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
// setting can not work, or when the snapshot can not be written; whatever else
// goes wrong is a gap in the snapshot.
func Collect(ctx context.Context, o CollectOptions, create Create) (Collected, error) {
	collectedAt := o.Now().UTC().Truncate(time.Millisecond)
	now := o.Now
	// Evidence is dated to the second: more says nothing, and costs a history
	// dearly.
	o.Now = func() time.Time { return now().UTC().Truncate(time.Second) }
	tenants, err := selectTenants(o.Config, o.Tenants)
	if err != nil {
		return Collected{}, err
	}
	listed, err := list(ctx, &o, tenants)
	if err != nil {
		return Collected{}, err
	}
	collectors, err := newCollectors(ctx, &o, listed)
	if err != nil {
		return Collected{}, err
	}

	out := Collected{Complete: true}
	header := scanner.Header{ToolVersion: o.ToolVersion, CollectedAt: collectedAt, Settings: settings(&o, listed)}
	known := make([]scanner.Tenant, len(listed))
	for i := range listed {
		known[i] = listed[i].tenant
		out.Complete = out.Complete && known[i].Complete
		out.Gaps += len(known[i].Gaps)
	}
	w, err := create(header, known)
	if err != nil {
		return Collected{}, err
	}
	defer w.Discard()
	emit := func(r scanner.Record) error {
		out.Exports++
		out.Gaps += len(r.Gaps)
		return w.Record(r)
	}
	for _, c := range collectors {
		if err := c.collector.Collect(ctx, c.records, emit); err != nil {
			return Collected{}, err
		}
	}
	out.Interrupted = ctx.Err() != nil
	out.Digest, err = w.Close(out.Interrupted)
	return out, err
}

// listing is what Immuta said about one tenant.
type listing struct {
	configured config.Tenant
	tenant     scanner.Tenant
	records    []scanner.Record
}

// selectTenants returns the configured tenants of the given names, sorted.
func selectTenants(c *config.Config, names []string) ([]config.Tenant, error) {
	var known []string
	var selected []config.Tenant
	for _, t := range c.Tenants {
		known = append(known, t.Name)
		if len(names) == 0 || slices.Contains(names, t.Name) {
			selected = append(selected, t)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no tenant %q in the configuration: it has %s", name, strings.Join(known, ", "))
		}
	}
	slices.SortFunc(selected, func(a, b config.Tenant) int { return strings.Compare(a.Name, b.Name) })
	return selected, nil
}

// list asks all tenants side by side. A tenant that can not be read is a gap
// as long as another can.
func list(ctx context.Context, o *CollectOptions, tenants []config.Tenant) ([]listing, error) {
	if o.ExportsFile != "" {
		return listFile(o, tenants)
	}
	if len(tenants) == 0 {
		return nil, errors.New("the configuration names no tenant: add one below tenants, with name, url and apiKey")
	}
	listed := make([]listing, len(tenants))
	failed := make([]error, len(tenants))
	var group errgroup.Group
	group.SetLimit(tenantsAtOnce)
	for i := range tenants {
		group.Go(func() error {
			listed[i].configured = tenants[i]
			source, err := NewSource(o, &tenants[i])
			if err != nil {
				return err
			}
			listed[i].tenant, listed[i].records, err = source.List(ctx)
			if err != nil {
				failed[i] = fmt.Errorf("tenant %s: %w", tenants[i].Name, err)
				listed[i].tenant = unreadable(&tenants[i], err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if all := slices.DeleteFunc(slices.Clone(failed), func(e error) bool { return e == nil }); len(all) == len(tenants) {
		return nil, errors.Join(append(all, ErrNoTenant)...)
	}
	for _, err := range failed {
		if err != nil {
			o.Warn(err)
		}
	}
	return listed, nil
}

// unreadable is a tenant whose list could not be read.
func unreadable(t *config.Tenant, err error) scanner.Tenant {
	gap := scanner.Gap{
		Kind: scanner.KindConfigurations, Call: "immuta:getAllExportConfigurations", Resource: t.URL,
		Reason: scanner.ReasonUnreachable, Detail: err.Error(),
	}
	if known, ok := errors.AsType[*immuta.Error](err); ok {
		gap = known.Gap(t.URL)
	}
	return scanner.Tenant{Name: t.Name, URL: t.URL, ConfigurationIDs: []string{}, Principals: []string{}, Gaps: []scanner.Gap{gap}}
}

// NewSource returns the source of one configured tenant. It reads the key.
func NewSource(o *CollectOptions, t *config.Tenant) (*immuta.Source, error) {
	ref, err := immuta.ParseKeyRef(t.APIKey)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: apiKey: %w", t.Name, err)
	}
	key, err := ref.Read()
	if err != nil {
		return nil, fmt.Errorf("tenant %s: apiKey: %w", t.Name, err)
	}
	source, err := immuta.New(immuta.Options{
		Name: t.Name, URL: t.URL, Key: key, CABundle: t.CABundle, Now: o.Now, Logger: o.Logger, Hints: o.Config.Settings().Exports,
		Timeout: o.Patience.Timeout, RetryMax: o.Patience.retries(), RetryWait: o.Patience.Wait / 20, // it grows to twenty times itself
	})
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Name, err)
	}
	return source, nil
}

// offlineTenant is what the tenant of a saved answer is called when the
// configuration names none.
const offlineTenant = "offline"

// listFile reads a saved answer as that of the one tenant in question.
func listFile(o *CollectOptions, tenants []config.Tenant) ([]listing, error) {
	if len(tenants) > 1 {
		return nil, fmt.Errorf("--exports holds the answer of one tenant: say with --tenant which of the %d it is", len(tenants))
	}
	tenant := config.Tenant{Name: offlineTenant}
	if len(tenants) == 1 {
		tenant = tenants[0]
	}
	file, err := os.Open(o.ExportsFile)
	if err != nil {
		return nil, fmt.Errorf("read exports: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	known, records, err := immuta.ParseFile(file, immuta.FileOptions{
		Name: o.ExportsFile, Tenant: tenant.Name, URL: tenant.URL, At: o.Now().UTC(), Hints: o.Config.Settings().Exports,
	})
	if err != nil {
		return nil, err
	}
	return []listing{{tenant, known, records}}, nil
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
		slices.SortStableFunc(collections[i].records, func(a, b scanner.Record) int {
			return cmp.Or(strings.Compare(a.Configuration.Tenant, b.Configuration.Tenant), strings.Compare(a.Configuration.ID, b.Configuration.ID))
		})
	}
	return collections, nil
}

// NewCollector returns the collector for a configuration's AWS settings.
func NewCollector(ctx context.Context, settings config.AWS, o *CollectOptions) (*aws.Collector, error) {
	accounts := make(map[string]aws.Account, len(settings.Accounts))
	for id, account := range settings.Accounts {
		accounts[id] = aws.Account(account)
	}
	s := o.Config.Settings()
	collector, err := aws.New(ctx, aws.Options{
		Profile: settings.Profile, Region: settings.Region, CABundle: settings.CABundle,
		Endpoint: settings.Endpoint, Endpoints: settings.Endpoints,
		Accounts: accounts, Hints: s.Exports, Expect: s.Expect,
		Concurrency: o.Concurrency, Now: o.Now, Logger: o.Logger, Progress: o.Progress,
		Timeout: o.Patience.Timeout, MaxAttempts: o.Patience.Attempts, MaxBackoff: o.Patience.Wait,
	})
	if err != nil {
		return nil, fmt.Errorf("set up aws: %w", err)
	}
	return collector, nil
}

// Memory is a snapshot that is kept compressed in memory, between collecting
// and judging.
type Memory struct{ buffer buffer }

// Create starts the snapshot.
func (m *Memory) Create(h scanner.Header, tenants []scanner.Tenant) (*snapshot.Writer, error) {
	return snapshot.NewWriter(&m.buffer, h, tenants)
}

// Open reads it from its beginning, once.
func (m *Memory) Open() (*Snapshot, error) {
	in, err := m.buffer.reader()
	if err != nil {
		return nil, err
	}
	r, err := snapshot.NewReader(in, "this run's snapshot")
	if err != nil {
		return nil, err
	}
	return &Snapshot{Reader: r}, nil
}
