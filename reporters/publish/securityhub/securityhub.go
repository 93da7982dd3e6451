// Package securityhub imports findings into AWS Security Hub with
// BatchImportFindings: one finding through its life, from FAILED to PASSED. It
// has credentials of its own, and can send only a closed list of calls.
package securityhub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/internal/post"
	"github.com/trailguard/trailguard/scanner"
)

// Options say with which credentials findings are imported, and where to.
type Options struct {
	Name    string // as the operator calls it
	Profile string // of the shared configuration; empty: the SDK's default chain
	Region  string // in which the credentials' own account and roles are asked for
	// Endpoint is one URL for all services, for tests and private endpoints.
	Endpoint string
	// Accounts holds the role that imports the findings of an account, by
	// account id.
	Accounts map[string]Role
	// Default is the name of the role for all other accounts.
	Default Role
	publish.Transport
}

// Role is a role to assume.
type Role struct {
	Role       string // an ARN; of Default the name, with its path
	ExternalID string
}

// Channel imports into the Security Hub of each account and region that
// findings belong to.
type Channel struct {
	o     Options
	cfg   *awssdk.Config // nil: not read yet
	http  *http.Client
	own   string // the account of the credentials; empty: not asked yet
	roles map[string]awssdk.CredentialsProvider
}

// New returns a channel. It reads no credentials and sends no request yet.
func New(o Options) (*Channel, error) {
	o.Transport = o.WithDefaults()
	if u, err := url.Parse(o.Endpoint); o.Endpoint != "" && (err != nil || u.Scheme != "https" && !post.Loopback(u.Hostname())) {
		return nil, errors.New("the endpoint is not https: signed requests would travel unencrypted (plain http is for this machine only)")
	}
	return &Channel{o: o, http: &http.Client{}, roles: map[string]awssdk.CredentialsProvider{}}, nil
}

// Close ends idle connections.
func (c *Channel) Close() {
	c.http.CloseIdleConnections()
}

// Compose implements publish.Channel: a message for each call, which holds findings
// of one account and region.
func (c *Channel) Compose(n *publish.Notice) ([]publish.Message, error) {
	report := *n.Report
	report.Findings, report.Selected = nil, n.Report.Scan.Partial
	names := map[string]string{}
	for _, f := range n.Findings {
		report.Findings = append(report.Findings, *f)
		names[f.Fingerprint] = publish.About(f)
	}
	var messages []publish.Message
	for _, batch := range reporters.ASFFBatches(&report, reporters.Options{}) {
		body, err := json.Marshal(batch.Findings, json.OmitZeroStructFields(true), json.Deterministic(true))
		if err != nil {
			return nil, fmt.Errorf("write findings: %w", err)
		}
		m := publish.Message{ID: publish.ID(n.Report, batch.Account, batch.Region, *batch.Findings[0].Id), Body: body, Payload: batch}
		for i := range batch.Findings {
			m.About = append(m.About, about(names, *batch.Findings[i].Id))
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// about names a finding by its id. A finding that no rule made is about the
// list of a tenant's exports.
func about(names map[string]string, id string) string { return cmp.Or(names[id], publish.AboutRun) }

// Deliver implements publish.Channel. What one account refuses does not keep
// the others from theirs.
func (c *Channel) Deliver(ctx context.Context, m publish.Message) ([]publish.Refusal, error) {
	batch, ok := m.Payload.(reporters.ASFFBatch)
	if !ok {
		return nil, errors.New("this is no message of the channel")
	}
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	own, err := c.ownAccount(ctx)
	if err != nil {
		return nil, err
	}
	if batch.Account == reporters.UnknownAccount {
		batch = adopted(batch, own)
	}
	credentials, err := c.credentials(batch.Account, own, partition(batch))
	if err != nil {
		return nil, err
	}
	hub := securityhub.NewFromConfig(*c.cfg, func(o *securityhub.Options) {
		o.Region, o.Credentials = batch.Region, credentials
	})
	out, err := hub.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: batch.Findings})
	if err != nil {
		return nil, c.judge(ctx, err, "Security Hub of account "+batch.Account+" in "+batch.Region)
	}
	return refusals(out, m.About, batch.Findings), nil
}

// refusals lists what was not imported although the answer was 200.
func refusals(out *securityhub.BatchImportFindingsOutput, abouts []string, findings []types.AwsSecurityFinding) []publish.Refusal {
	names := map[string]string{}
	for i := range findings {
		names[*findings[i].Id] = abouts[i]
	}
	var list []publish.Refusal
	for _, f := range out.FailedFindings {
		why := scanner.Said(strings.TrimSpace(awssdk.ToString(f.ErrorCode) + " " + awssdk.ToString(f.ErrorMessage)))
		list = append(list, publish.Refusal{About: about(names, awssdk.ToString(f.Id)), Why: publish.Text(why)})
	}
	taken := int(awssdk.ToInt32(out.SuccessCount))
	for i := len(list); i < len(findings)-taken; i++ {
		list = append(list, publish.Refusal{About: "a finding that Security Hub does not name", Why: "not among those that it imported"})
	}
	return list
}

// adopted assigns findings whose account is not known to the account that sends
// them.
func adopted(b reporters.ASFFBatch, account string) reporters.ASFFBatch {
	findings := make([]types.AwsSecurityFinding, len(b.Findings))
	for i, f := range b.Findings {
		f.AwsAccountId = &account
		f.ProductArn = awssdk.String(strings.ReplaceAll(*f.ProductArn, reporters.UnknownAccount, account))
		findings[i] = f
	}
	return reporters.ASFFBatch{Account: account, Region: b.Region, Findings: findings}
}

// partition returns the AWS partition of a batch's region, as its findings name
// it.
func partition(b reporters.ASFFBatch) string {
	_, rest, _ := strings.Cut(*b.Findings[0].ProductArn, ":")
	name, _, _ := strings.Cut(rest, ":")
	return name
}

// ownAccount returns the account of the credentials.
func (c *Channel) ownAccount(ctx context.Context) (string, error) {
	if c.own != "" {
		return c.own, nil
	}
	out, err := sts.NewFromConfig(*c.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		// Whatever the reason, without the account nothing can be imported.
		return "", errors.New("whose credentials these are is not known: " + c.judge(ctx, err, "STS").Error())
	}
	c.own = awssdk.ToString(out.Account)
	return c.own, nil
}
