package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// refuse is a credential provider that gives none.
type refuse struct{ err error }

func (r refuse) Retrieve(context.Context) (awssdk.Credentials, error) {
	return awssdk.Credentials{}, r.err
}

func TestCredentialsThatWorkForNothing(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		refusal string
		want    string
		expired bool
	}{
		"none":          {err: errors.New("failed to refresh cached credentials, no EC2 IMDS role found"), want: "tried the environment"},
		"expired SSO":   {err: errors.New("failed to refresh cached credentials, the SSO session has expired or is invalid: password"), want: "aws sso login --profile audit", expired: true},
		"web identity":  {err: errors.New("failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity"), want: "role of the credential chain"},
		"no network":    {err: fmt.Errorf("refresh SSO token: %w", &net.OpError{Op: "dial", Err: errors.New("no route to host")}), want: "cannot be reached"},
		"process":       {err: errors.New("error in credential_process: /bin/sh password"), want: "credential_process"},
		"expired token": {refusal: "ExpiredToken", want: "ExpiredToken", expired: true},
		"unknown key":   {refusal: "InvalidClientTokenId", want: "InvalidClientTokenId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
			if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte("[profile audit]\nregion=us-east-1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			f := newFake(t, acme())
			o := f.options()
			o.Profile = "audit"
			if c.err != nil {
				o.Credentials = refuse{c.err}
			}
			if c.refusal != "" {
				f.refusals[callCallerIdentity] = [2]string{c.refusal, "no"}
			}
			collector, err := New(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			err = collector.Collect(t.Context(), []scanner.Record{roleExport("1", "acme-audit", roleARN)}, func(scanner.Record) error {
				t.Error("a record was emitted")
				return nil
			})
			var useless *CredentialsError
			if !errors.As(err, &useless) || !strings.Contains(err.Error(), c.want) || useless.Expired != c.expired || strings.Contains(err.Error(), "password") {
				t.Errorf("error %v", err)
			}
			if _, err := collector.Check(t.Context()); !errors.As(err, &useless) {
				t.Errorf("check: error %v", err)
			}
		})
	}
}

func TestCredentialsThatExpireOnTheWay(t *testing.T) {
	f := newFake(t, acme())
	f.refusals[callBucketPolicy] = [2]string{"ExpiredToken", "The provided token has expired."}
	r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
	if g := gapOf(t, &r, document.KindBucketPolicy); g.Reason != scanner.ReasonDenied || g.Code != "ExpiredToken" || !strings.Contains(g.Detail, "aws sso login") {
		t.Errorf("gap %+v", g)
	}
}

func TestAProfileThatIsNotThere(t *testing.T) {
	o := newFake(t, acme()).options()
	o.Profile = "no-such-profile"
	if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no-such-profile") {
		t.Errorf("error %v", err)
	}
}
