package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/fleet"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// healthy is the export of the sandbox that fleets are multiplied from.
const healthy = "259fc41c"

// release builds the program as a release would.
func release(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "trailguard")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// fleetSnapshot writes the snapshot of n exports, each with its own evidence,
// and returns its name and the bytes of evidence of one export. Nobody reads their
// organization, whose documents all would share.
func fleetSnapshot(b *testing.B, n int) (path string, evidence int) {
	b.Helper()
	r := newRig(b, sandbox.Options{Data: edited(b, []edit{notOrganized})})
	memory := &pipeline.Memory{}
	now := func() time.Time { return sandboxNow }
	if _, err := pipeline.Collect(b.Context(), pipeline.CollectOptions{Config: r.config, Now: now, Patience: patient}, memory.Create); err != nil {
		b.Fatal(err)
	}
	source, err := memory.Open()
	if err != nil {
		b.Fatal(err)
	}
	var template *scanner.Record
	if err := pipeline.Each(source, func(record *scanner.Record) error {
		if record.Configuration.ID[:len(healthy)] == healthy {
			template = record
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	evidence = pad(b, template)
	path = filepath.Join(b.TempDir(), fmt.Sprintf("fleet-%d.jsonl.zst", n))
	tenant := source.Tenants()[0]
	tenant.ConfigurationIDs, tenant.Destinations = fleet.IDs(n), nil
	for record := range fleet.Records(template, n) {
		tenant.Destinations = append(tenant.Destinations, record.Configuration.Destination())
	}
	w, err := snapshot.Create(path, source.Header(), []scanner.Tenant{tenant})
	if err != nil {
		b.Fatal(err)
	}
	for record := range fleet.Records(template, n) {
		if err := w.Record(record); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := w.Close(false); err != nil {
		b.Fatal(err)
	}
	return path, evidence
}

// evidenceSize is what an export of a fleet is measured with, in bytes.
const evidenceSize = 7 << 10

// pad adds statements to the template's bucket policy until its evidence has
// the size of that of an export in a company with many rules of its own, and
// returns that size.
func pad(b *testing.B, template *scanner.Record) int {
	b.Helper()
	size := 0
	policy := -1
	for i := range template.Evidence {
		size += len(template.Evidence[i].Text)
		if template.Evidence[i].Kind == document.KindBucketPolicy {
			policy = i
		}
	}
	if policy < 0 {
		b.Fatal("the template has no bucket policy")
	}
	e := &template.Evidence[policy]
	for n := 0; size < evidenceSize; n++ {
		at := strings.Index(e.Text, "[") + 1 // of the statements
		statement := fmt.Sprintf(`{"Sid": "Team%d", "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::4444%08d:root"}, "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": "%s/team-%d/*"},`, n, n, e.Resource, n)
		text := e.Text[:at] + statement + e.Text[at:]
		size += len(text) - len(e.Text)
		*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, text, e.CollectedAt)
	}
	return size
}

// BenchmarkFleet judges a fleet that is larger than the memory that it may take, were
// all of it held: it takes half an hour.
func BenchmarkFleet(b *testing.B) {
	const n = 1_000_000
	path := release(b)
	b.Setenv("GOMEMLIMIT", "1300MiB")
	b.Run(fmt.Sprint(n), func(b *testing.B) {
		file, _ := fleetSnapshot(b, n)
		for b.Loop() {
			cpu, megabytes := execute(b, path, "scan", "--snapshot", file, "--format", "none", "--output", "jsonl="+filepath.Join(b.TempDir(), "report.jsonl"))
			b.ReportMetric(cpu.Seconds(), "cpu-s")
			b.ReportMetric(megabytes, "peak-MB")
		}
	})
}

// execute runs the program and returns its CPU time and peak memory in MB.
func execute(b *testing.B, program string, args ...string) (cpu time.Duration, megabytes float64) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), program, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %v", args, err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("the system does not tell what a process used")
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), float64(usage.Maxrss) / 1024
}

// BenchmarkEvidence packs and verifies a fleet, in processes of their own: what is
// packed is judged, and judged again when it is verified.
func BenchmarkEvidence(b *testing.B) {
	path := release(b)
	file, _ := fleetSnapshot(b, 1000)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		b.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	key, trusted, pack := filepath.Join(dir, "key.pem"), filepath.Join(dir, "public.pem"), filepath.Join(dir, "pack.tar.gz")
	for name, block := range map[string]*pem.Block{key: {Type: "PRIVATE KEY", Bytes: der}, trusted: {Type: "PUBLIC KEY", Bytes: public}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		cpu, megabytes := execute(b, path, "evidence", "pack", "-o", pack, "--snapshot", file, "--sign", "key:"+key, "-q")
		b.ReportMetric(cpu.Seconds(), "pack-cpu-s")
		b.ReportMetric(megabytes, "pack-peak-MB")
		cpu, megabytes = execute(b, path, "evidence", "verify", pack, "--key", trusted)
		b.ReportMetric(cpu.Seconds(), "verify-cpu-s")
		b.ReportMetric(megabytes, "verify-peak-MB")
	}
}

func BenchmarkStart(b *testing.B) {
	path := release(b)
	file, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cpu, megabytes := execute(b, path, "version")
		b.ReportMetric(float64(file.Size())/1e6, "file-MB")
		b.ReportMetric(float64(cpu.Microseconds())/1000, "cpu-ms")
		b.ReportMetric(megabytes, "peak-MB")
	}
}

// BenchmarkPlan plans a change of one bucket policy over a fleet, in a process of its
// own: what is touched decides, and the rest is read.
func BenchmarkPlan(b *testing.B) {
	path := release(b)
	policy := filepath.Join(b.TempDir(), "policy.json")
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			file, _ := fleetSnapshot(b, n)
			bucket, text := firstPolicy(b, file)
			text = strings.Replace(text, `"Team0"`, `"TeamZero"`, 1)
			if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				cpu, megabytes := execute(b, path, "plan", "--snapshot", file, "--policy", "s3:"+bucket+"="+policy, "--format", "none", "--fail-on", "critical", "--allow-incomplete")
				whole, _ := execute(b, path, "scan", "--snapshot", file, "--format", "none")
				b.ReportMetric(cpu.Seconds(), "cpu-s")
				b.ReportMetric(100*cpu.Seconds()/whole.Seconds(), "%-of-a-scan")
				b.ReportMetric(megabytes, "peak-MB")
			}
		})
	}
}

// firstPolicy is the policy of the bucket of a snapshot's first export.
func firstPolicy(b *testing.B, path string) (bucket, text string) {
	b.Helper()
	source, err := pipeline.OpenSnapshot(path)
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	record, err := source.Next()
	if err != nil {
		b.Fatal(err)
	}
	e, there := record.Find(document.KindBucketPolicy, "", "")
	if !there {
		b.Fatal("the first export's bucket has no policy")
	}
	return record.Configuration.Endpoint.Bucket, e.Text
}

// BenchmarkReplay judges snapshots of fleets in a process of its own: rules
// are compiled, the file is read, and the report written.
func BenchmarkReplay(b *testing.B) {
	path := release(b)
	rules, err := shippedRules()
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{10, 1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			file, evidence := fleetSnapshot(b, n)
			report := filepath.Join(b.TempDir(), "report.json")
			for b.Loop() {
				cpu, megabytes := execute(b, path, "scan", "--snapshot", file, "--format", "none", "--output", "json="+report)
				b.ReportMetric(cpu.Seconds(), "cpu-s")
				b.ReportMetric(float64(cpu.Microseconds())/float64(n*len(rules.Rules())), "cpu-µs/rule/export")
				b.ReportMetric(megabytes, "peak-MB")
				b.ReportMetric(float64(evidence), "evidence-B/export")
				b.ReportMetric(float64(len(rules.Rules())), "rules")
			}
		})
	}
}
