package aws

import (
	"context"
	"net/http"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
)

// Collector completes records with what AWS says.
type Collector struct {
	options Options
	config  awssdk.Config
	gate    *gate.Gate
	region  string // where services without a region of their own are asked
}

// New reads the SDK's configuration and checks the options. It asks AWS
// nothing.
func New(ctx context.Context, options Options) (*Collector, error) {
	if options.Now == nil {
		return nil, errNoClock
	}
	if err := validAccounts(options.Accounts, options.Organization); err != nil {
		return nil, err
	}
	c := &Collector{options: options.withDefaults()}
	cfg, err := loadConfig(ctx, &c.options)
	if err != nil {
		return nil, err
	}
	if c.region = cfg.Region; c.region == "" {
		c.region = partitions.Home(partitions.Default)
		cfg.Region = c.region
	}
	c.config = cfg
	// One attempt may use half of a call's time: a silent server gets a
	// second chance.
	c.gate = gate.New(cfg.HTTPClient, gated(), c.options.Timeout/2)
	if err := newClients(cfg, &c.options, "", c.gate).encrypted(); err != nil {
		return nil, err
	}
	return c, nil
}

// Collect completes the records with what AWS says about their destinations,
// and hands them to emit in the order given. Each distinct bucket, path, role,
// user, key, policy and account is asked about once. The error is emit's, or a
// *CredentialsError.
func (c *Collector) Collect(ctx context.Context, records []scanner.Record, emit func(scanner.Record) error) error {
	p := &plan{subjects: map[string]*subject{}}
	if !needsAWS(records) {
		for i := range records {
			if err := emit(records[i]); err != nil {
				return err
			}
		}
		return nil
	}
	defer c.hangUp()
	r, err := c.start(ctx)
	if err != nil {
		return err
	}
	wanted := p.build(r, records)
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	p.launch(ctx, r, &group)
	err = r.emitAll(ctx, p, records, wanted, emit)
	cancel()
	group.Wait()
	return err
}

// hangUp ends connections that wait for another request: a process that collects again
// and again would otherwise keep those of every time for a while.
func (c *Collector) hangUp() {
	if client, ok := c.config.HTTPClient.(*http.Client); ok {
		client.CloseIdleConnections()
	}
}

// needsAWS says whether any record has a destination in AWS.
func needsAWS(records []scanner.Record) bool {
	for i := range records {
		if records[i].Configuration.Endpoint.Type == scanner.EndpointS3 {
			return true
		}
	}
	return false
}

// emitAll waits for what each record needs, record by record.
func (r *run) emitAll(ctx context.Context, p *plan, records []scanner.Record, wanted [][]*subject, emit func(scanner.Record) error) error {
	told := newAhead(r, emit)
	for i := range records {
		record := records[i]
		found := batch{}
		for _, s := range wanted[i] {
			found.add(p.take(s))
		}
		found.into(&record)
		if err := told.add(ctx, &record); err != nil {
			return err
		}
	}
	return told.rest()
}
