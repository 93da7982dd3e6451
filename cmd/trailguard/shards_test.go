package main

import (
	"bytes"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// What is listed, collected in shards and gathered is the snapshot that a scan collects:
// the same digest, which covers everything but the ids of requests, which are as many.
func TestShardsAreWhatAScanCollects(t *testing.T) {
	p, server := newSandboxed(t, sandbox.Options{})
	for _, variable := range server.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	c, err := config.Load(filepath.Join(p.dir, "trailguard.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	o := pipeline.CollectOptions{
		Config: c, ToolVersion: "1.2.3", Now: func() time.Time { return at }, Progress: func(int, int) {}, Warn: func(err error) { t.Error(err) },
	}
	whole := &pipeline.Memory{}
	want, err := pipeline.Collect(t.Context(), o, whole.Create)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 4, acmeExports} {
		shards, err := pipeline.ListShards(t.Context(), o, "acme", size)
		if err != nil {
			t.Fatal(err)
		}
		if n := (acmeExports + size - 1) / size; len(shards.Of) != n {
			t.Errorf("%d shards of %d, want %d", len(shards.Of), size, n)
		}
		collected := make([][]byte, len(shards.Of))
		for i := range slices.Backward(shards.Of) { // in any order
			if collected[i], err = pipeline.CollectShard(t.Context(), o, shards.Of[i]); err != nil {
				t.Fatal(err)
			}
		}
		gathered := &pipeline.Memory{}
		got, err := pipeline.Gather(shards.Head, results(collected), gathered.Create)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("shards of %d: %+v, want %+v", size, got, want)
		}
		if got, want := requests(t, gathered), requests(t, whole); got != want {
			t.Errorf("shards of %d: %d ids of requests, want %d", size, got, want)
		}
	}
}

func results(all [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, one := range all {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// requests counts the ids of requests in a snapshot.
func requests(t *testing.T, m *pipeline.Memory) int {
	t.Helper()
	text, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	in, err := snapshot.NewReader(bytes.NewReader(text), "a snapshot")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	n := 0
	if err := pipeline.Each(in, func(r *scanner.Record) error {
		for i := range r.Evidence {
			if r.Evidence[i].RequestID != "" {
				n++
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Error("a snapshot without ids of requests")
	}
	return n
}

// What only this process does not know is told from what nobody could do: another process
// of a fleet may have the tenant, or its key.
func TestShardsOfWhatIsNotKnownHere(t *testing.T) {
	c, err := config.Parse("t.yaml", []byte(`tenants: [{ name: acme, url: "https://127.0.0.1:1", apiKey: "env:NO_SUCH_KEY" }]`))
	if err != nil {
		t.Fatal(err)
	}
	o := pipeline.CollectOptions{Config: c, Now: time.Now, Progress: func(int, int) {}, Warn: func(err error) { t.Error(err) }}
	for tenant, says := range map[string]string{"acme": "NO_SUCH_KEY", "globex": `no tenant "globex" in the configuration: it has acme`} {
		_, err := pipeline.ListShards(t.Context(), o, tenant, 1)
		if _, local := errors.AsType[*pipeline.LocalError](err); !local || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", tenant, err)
		}
	}
}
