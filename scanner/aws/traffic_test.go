package aws

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
)

// TestTrafficIsTold: every request that reaches AWS, with what it is about.
func TestTrafficIsTold(t *testing.T) {
	w, records, accounts := twoAccounts()
	f := newFake(t, w)
	f.faults[callBucketPolicy+" acme-audit"] = throttled
	f.faults[callEncryption+" other-audit"] = denied
	var told watched
	o := f.options()
	o.Accounts, o.Traffic = accounts, &told
	collect(t, o, records...)

	for request, want := range map[string][]int{
		"s3:GetBucketPolicy acme-audit":                                    {503, 503},
		"s3:GetBucketEncryption other-audit":                               {403},
		"s3:GetBucketLogging acme-audit":                                   {200},
		"sts:GetCallerIdentity ":                                           {200},
		"sts:AssumeRole arn:aws:iam::" + other + ":role/trailguard-reader": {200},
		"kms:GetKeyPolicy " + theKey:                                       {200},
		"s3control:GetPublicAccessBlock " + home:                           {200},
	} {
		if diff := cmp.Diff(want, told.answers[request]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", request, diff)
		}
	}
	requests, sent := 0, 0
	for _, answers := range told.answers {
		requests += len(answers)
	}
	for _, n := range f.calls {
		sent += n
	}
	if requests != sent {
		t.Errorf("%d requests were told of, %d were sent", requests, sent)
	}
	if len(told.retries) != 1 {
		t.Fatalf("retries %+v", told.retries)
	}
	again := told.retries[0]
	again.Wait = 0 // the SDK throws dice
	if diff := cmp.Diff(scanner.Retry{
		Request: scanner.Request{Service: "s3", Operation: "GetBucketPolicy", Target: "acme-audit"},
		Cause:   "HTTP status 503 SlowDown", Attempt: 2,
	}, again); diff != "" {
		t.Error(diff)
	}
}

// TestTrafficWithoutAnswer: there is no status, and each retry has its number.
func TestTrafficWithoutAnswer(t *testing.T) {
	f := newFake(t, acme())
	f.faults[callBucketPolicy] = reset
	var told watched
	o := f.options()
	o.Traffic, o.MaxAttempts = &told, 3
	collect(t, o, roleExport("1", "acme-audit", roleARN))
	if diff := cmp.Diff([]int{0, 0, 0}, told.answers["s3:GetBucketPolicy acme-audit"]); diff != "" {
		t.Error(diff)
	}
	if len(told.retries) != 2 || told.retries[0].Attempt != 2 || told.retries[1].Attempt != 3 || told.retries[1].Cause != "no connection" {
		t.Errorf("retries %+v", told.retries)
	}
}

// TestTrafficOfTheCredentialChain: what the SDK asks before any call of ours is
// told as well, and its answer is not.
func TestTrafficOfTheCredentialChain(t *testing.T) {
	f := newFake(t, acme())
	container := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"AccessKeyId":"AK`+home+`","SecretAccessKey":"the-secret","Token":"the-session-token","Expiration":"`+
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"}`)
	}))
	defer container.Close()
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.URL+"/?token=the-secret")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	var told watched
	o := f.options()
	o.Credentials, o.Traffic = nil, &told
	collect(t, o, roleExport("1", "acme-audit", roleARN))
	said := fmt.Sprint(told.answers)
	if diff := cmp.Diff([]int{200}, told.answers["credentials: "]); diff != "" {
		t.Errorf("told of %s:\n%s", said, diff)
	}
	if strings.Contains(said, "the-s") {
		t.Errorf("a secret is in %s", said)
	}
}

func TestTargets(t *testing.T) {
	id, user := "AKIAWRITERSKEY00ABCD", "exporter"
	for want, input := range map[string]any{
		"…ABCD":    &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id},
		"exporter": &iam.GetUserPolicyInput{PolicyName: &id, UserName: &user},
		"":         (*iam.GetUserInput)(nil),
	} {
		if got := targetOf(input); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
