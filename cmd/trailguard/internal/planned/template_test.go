package planned

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
)

// A snapshot may be large, and tells each template the same account.
func TestTemplatesReadTheSnapshotOnce(t *testing.T) {
	var memory pipeline.Memory
	w, err := memory.Create(scanner.Header{ToolVersion: "test"}, []scanner.Tenant{{Name: "acme", Complete: true, ConfigurationIDs: []string{"e"}}})
	if err != nil {
		t.Fatal(err)
	}
	configuration := scanner.ExportConfiguration{Tenant: "acme", ID: "e", Endpoint: scanner.Endpoint{RoleARN: "arn:aws:iam::111111111111:role/writer"}}
	if err := w.Record(scanner.Record{Configuration: configuration}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(false); err != nil {
		t.Fatal(err)
	}
	const template = `{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "writer", "AssumeRolePolicyDocument": {}}}}}`
	dir := write(t, map[string]string{"a.json": template, "b.json": template})
	reads := 0
	plan, err := Read(Files{Inputs: []Input{Change(filepath.Join(dir, "a.json")), Change(filepath.Join(dir, "b.json"))}, Template: &Template{}},
		func() (*pipeline.Snapshot, error) { reads++; return memory.Open() })
	if err != nil {
		t.Fatal(err)
	}
	if reads != 1 || len(plan.Changes) != 2 {
		t.Errorf("the snapshot is read %d times, for %d changes", reads, len(plan.Changes))
	}
	for i := range plan.Changes {
		if !plan.Changes[i].Is(configuration.Endpoint.RoleARN) || plan.Changes[i].Why != "" {
			t.Errorf("change %d is of %s: %s", i, plan.Changes[i].Resource, plan.Changes[i].Why)
		}
	}
}

// What terraform plan -out writes is no text, and is not taken for one.
func TestASavedPlanIsNamed(t *testing.T) {
	dir := write(t, map[string]string{"tfplan": "PK\x03\x04\xff\xfe\x00"})
	_, err := Read(Files{Inputs: []Input{Change(filepath.Join(dir, "tfplan"))}, Template: &Template{}}, nil)
	if err == nil || !strings.Contains(err.Error(), "tfplan: this is a saved plan: give what `terraform show -json FILE` prints of it") {
		t.Errorf("error is %v", err)
	}
}
