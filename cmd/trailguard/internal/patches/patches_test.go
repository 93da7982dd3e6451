package patches_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/patches"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
)

// injected is what somebody may call a policy, a role or a bucket who wants whoever
// mends a finding to run something else.
const injected = "x'; touch pwned; '$(touch pwned)`touch pwned`\ntouch pwned\n\x1b[2J"

// one is a fix of one document.
func one(change fix.Change) []pipeline.Fix {
	return []pipeline.Fix{{Proposal: fix.Proposal{Changes: []fix.Change{change}}}}
}

func hostile() *patches.Report {
	r := &patches.Report{}
	record := &scanner.Record{Evidence: []scanner.Evidence{
		{Kind: document.KindBucketOwner, Text: document.Encode(document.BucketOwner{Account: injected})},
		{Kind: document.KindBucket, Text: document.Encode(document.Bucket{Region: injected})},
	}}
	for kind, resource := range map[document.Kind]string{
		document.KindTrustPolicy:       "arn:aws:iam::111111111111:role/" + injected,
		document.KindIdentityPolicy:    "arn:aws:iam::111111111111:user/" + injected,
		document.KindKeyPolicy:         "arn:aws:kms:" + injected + ":111111111111:key/" + injected,
		document.KindBucketPolicy:      "arn:aws:s3:::" + injected,
		document.KindVersioning:        "arn:aws:s3:::" + injected,
		document.KindPublicAccessBlock: "arn:aws:s3:::" + injected,
		document.KindOwnership:         "arn:aws:s3:::" + injected,
		document.KindRequestPayment:    "arn:aws:s3:::" + injected,
		document.KindEncryption:        "arn:aws:s3:::" + injected,
		document.KindObjectLock:        "arn:aws:s3:::" + injected,
		document.KindACL:               "arn:aws:s3:::" + injected,
		document.KindKeyRotation:       "arn:aws:kms:" + injected + ":111111111111:key/" + injected,
		document.KindKey:               "arn:aws:kms:" + injected + ":111111111111:key/" + injected,
	} {
		name := ""
		if kind == document.KindIdentityPolicy {
			name = "inline/" + injected
		}
		f := &scanner.Finding{
			RuleID: "put_object_granted", Severity: scanner.SeverityHigh, Status: scanner.StatusFail,
			Message: injected, Remediation: injected, Fingerprint: strings.Repeat("a", 64), Tenant: injected,
		}
		text := scanner.NewDisplay(`{"Sid":"x\nTRAILGUARD\ntouch pwned\n"}`).Text
		r.Add(f, one(fix.Change{Kind: kind, Resource: resource, Name: name, Before: "{}\n", Document: text, Warnings: []string{injected}}), record)
		r.Add(f, nil, record)
	}
	return r
}

// Commands run nothing but the AWS CLI, whatever things are called.
func TestCommandsRunNothingElse(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no POSIX shell")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte("#!/bin/sh\necho called >> calls\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	if err := hostile().AWSCLI(&script); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(script.String())
	cmd.Env = []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, script.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Errorf("something else was run:\n%s", script.String())
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil || strings.Count(string(calls), "called") != 24 {
		t.Errorf("the AWS CLI was called for %q (%v), want twice for each of eleven documents and once for a key and its rotation", calls, err)
	}
}

// The commands of every kind of document are ones that a shell reads, and a policy that
// a user has by his group is the group's.
func TestCommandsOfEveryKind(t *testing.T) {
	changes := plain()
	for i := range changes {
		changes[i].Document += "\n" // as documents are shown
	}
	var script strings.Builder
	if err := reportOf(changes).AWSCLI(&script); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"get-group-policy", "put-group-policy", "put-user-policy", "put-role-policy", "create-policy-version"} {
		if !strings.Contains(script.String(), "aws iam "+call+" ") {
			t.Errorf("there is no %s in\n%s", call, script.String())
		}
	}
	if !strings.Contains(script.String(), "put-group-policy --group-name 'writers' --policy-name 'write' ") {
		t.Errorf("the group or its policy is called otherwise in\n%s", script.String())
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no POSIX shell")
	}
	cmd := exec.CommandContext(t.Context(), shell, "-n")
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, script.String())
	}
}

// A difference shows names, and lets none of them move the cursor.
func TestDifferencesAreSafeToLookAt(t *testing.T) {
	var out strings.Builder
	if err := hostile().Diff(&out, false); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(out.String(), '\x1b') {
		t.Error("a name reached the terminal as it is")
	}
}

// Where nobody knows whose one of two documents is, no command names a profile: it would
// be one that the script does not ask for.
func TestNoProfileOfAnUnknownAccount(t *testing.T) {
	r := &patches.Report{}
	f := &scanner.Finding{RuleID: "put_object_granted", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, Fingerprint: strings.Repeat("a", 64), Tenant: "t"}
	r.Add(f, []pipeline.Fix{{Proposal: fix.Proposal{Changes: []fix.Change{
		{Kind: document.KindIdentityPolicy, Resource: "arn:aws:iam::111111111111:role/writer", Name: "inline/write", Document: templates},
		{Kind: document.KindBucketPolicy, Resource: "arn:aws:s3:::trail", Document: templates},
	}}}}, nil)
	var script strings.Builder
	if err := r.AWSCLI(&script); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(script.String(), "rofile") || !strings.Contains(script.String(), "\naws iam put-role-policy") {
		t.Errorf("the script is\n%s", &script)
	}
}
