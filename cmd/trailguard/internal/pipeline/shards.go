package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Shards is a tenant that was listed, for others to collect: snapshots, compressed.
// What they come to, Gather puts together to the snapshot that Collect would have
// written.
type Shards struct {
	Head []byte   // header and tenant, without a record
	Of   [][]byte // each with some of the exports as they were listed
}

// ListShards asks Immuta for a tenant's exports, and nobody for anything else. A
// shard has as many exports as given.
func ListShards(ctx context.Context, o CollectOptions, tenant string, size int) (Shards, error) {
	o.Tenants = []string{tenant}
	header, listed, err := begin(ctx, &o)
	if err != nil {
		return Shards{}, err
	}
	t, records := listed[0].tenant, listed[0].records
	sortRecords(records)
	var s Shards
	if s.Head, err = packed(header, t, nil, false); err != nil {
		return Shards{}, err
	}
	for part := range slices.Chunk(records, size) {
		of := scanner.Tenant{Name: t.Name, URL: t.URL, Complete: t.Complete, Principals: []string{}}
		for i := range part {
			of.ConfigurationIDs = append(of.ConfigurationIDs, part[i].Configuration.ID)
		}
		text, err := packed(header, of, part, false)
		if err != nil {
			return Shards{}, err
		}
		s.Of = append(s.Of, text)
	}
	return s, nil
}

// CollectShard reads what AWS says about the exports of a shard.
func CollectShard(ctx context.Context, o CollectOptions, shard []byte) ([]byte, error) {
	o.toTheSecond()
	in, err := snapshot.NewReader(bytes.NewReader(shard), "this shard's exports")
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	var records []scanner.Record
	if err := Each(in, func(r *scanner.Record) error { records = append(records, *r); return nil }); err != nil {
		return nil, err
	}
	tenant := in.Tenants()[0]
	configured, err := selectTenants(o.Config, []string{tenant.Name})
	if err != nil {
		return nil, err
	}
	collector, err := NewCollector(ctx, o.Config.TenantAWS(&configured[0]), &o)
	if err != nil {
		return nil, err
	}
	var collected []scanner.Record
	err = collector.Collect(ctx, records, func(r scanner.Record) error { collected = append(collected, r); return nil })
	if err != nil {
		return nil, err
	}
	return packed(in.Header(), tenant, collected, ctx.Err() != nil)
}

// Gather writes the snapshot of a tenant whose shards were collected. They come in
// the order in which they were listed.
func Gather(head []byte, shards iter.Seq2[[]byte, error], create Create) (Collected, error) {
	in, err := snapshot.NewReader(bytes.NewReader(head), "this run's tenant")
	if err != nil {
		return Collected{}, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	c, err := newCollecting(in.Header(), in.Tenants(), create)
	if err != nil {
		return Collected{}, err
	}
	defer c.w.Discard()
	interrupted := false
	for text, err := range shards {
		if err != nil {
			return Collected{}, err
		}
		shard, err := snapshot.NewReader(bytes.NewReader(text), fmt.Sprintf("the shard after %d exports", c.out.Exports))
		if err == nil {
			err = Each(shard, func(r *scanner.Record) error { return c.record(*r) })
			interrupted = interrupted || shard.Interrupted()
			_ = shard.Close() // it was only read
		}
		if err != nil {
			return Collected{}, err
		}
	}
	return c.end(interrupted)
}

// packed is a snapshot of one tenant.
func packed(header scanner.Header, tenant scanner.Tenant, records []scanner.Record, interrupted bool) ([]byte, error) {
	var m Memory
	w, err := m.Create(header, []scanner.Tenant{tenant})
	if err != nil {
		return nil, err
	}
	defer w.Discard()
	for i := range records {
		if err := w.Record(records[i]); err != nil {
			return nil, err
		}
	}
	if _, err := w.Close(interrupted); err != nil {
		return nil, err
	}
	return m.Bytes()
}
