package securityhub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
)

// Calls returns the closed list of calls that the channel can send.
func Calls() []string {
	return []string{"securityhub:BatchImportFindings", "sts:AssumeRole", "sts:GetCallerIdentity"}
}

// services maps the services' names in permissions to their names in the SDK.
var services = map[string]string{"SecurityHub": "securityhub", "STS": "sts"}

// firstRegion is used for requests of no particular region.
const firstRegion = "us-east-1"

// load reads the SDK's configuration, once. It sends no request yet.
func (c *Channel) load(ctx context.Context) error {
	if c.cfg != nil {
		return nil
	}
	client := awshttp.NewBuildableClient().WithTimeout(c.o.Timeout).WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig.RootCAs = c.o.RootCAs
	})
	choices := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{}), config.WithHTTPClient(client)} // the SDK's log may hold headers
	if c.o.Profile != "" {
		choices = append(choices, config.WithSharedConfigProfile(c.o.Profile))
	}
	if c.o.Region != "" {
		choices = append(choices, config.WithRegion(c.o.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, choices...)
	if err != nil {
		return fmt.Errorf("read AWS configuration: %w", err)
	}
	reaching, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		return errors.New("read AWS configuration: it replaces the HTTP client")
	}
	// No redirect is followed: the session's token would go with it.
	c.http.Transport, c.http.Timeout = reaching.GetTransport(), c.o.Timeout
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.HTTPClient, cfg.Region = c.http, cmp.Or(cfg.Region, firstRegion)
	if c.o.Endpoint != "" {
		cfg.BaseEndpoint = &c.o.Endpoint
	}
	cfg.Retryer = func() awssdk.Retryer {
		return retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff = c.o.RetryMax+1, 20*c.o.RetryWait
		})
	}
	cfg.APIOptions = append(cfg.APIOptions, guard(&c.o))
	c.cfg = &cfg
	return nil
}

// guard lets only the listed calls out, and reports each to Traffic.
func guard(o *Options) func(*middleware.Stack) error {
	only := middleware.InitializeMiddlewareFunc("trailguard.Guard", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		operation := awsmiddleware.GetOperationName(ctx)
		service := services[awsmiddleware.GetServiceID(ctx)]
		if !slices.Contains(Calls(), service+":"+operation) {
			return middleware.InitializeOutput{}, middleware.Metadata{}, errors.New("refused to send a call that is not on the list of publish")
		}
		answered := o.Traffic.Sent(scanner.Request{Service: service, Operation: operation, Target: o.Name})
		out, metadata, err := next.HandleInitialize(ctx, in)
		answered(statusOf(err))
		return out, metadata, err
	})
	return func(stack *middleware.Stack) error {
		// After the SDK's own, which names the operation.
		return stack.Initialize.Add(only, middleware.After)
	}
}

// statusOf is the HTTP status of a call, 0 where there was no answer.
func statusOf(err error) int {
	var answer *awshttp.ResponseError
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &answer) && answer.Response != nil:
		return answer.HTTPStatusCode()
	default:
		return 0
	}
}

// credentials returns those that may import findings of an account.
func (c *Channel) credentials(account, own, partition string) (awssdk.CredentialsProvider, error) {
	role, named := c.o.Accounts[account]
	switch {
	case named:
	case account == own:
		return c.cfg.Credentials, nil
	case c.o.Default.Role != "":
		role = Role{"arn:" + partition + ":iam::" + account + ":role/" + c.o.Default.Role, c.o.Default.ExternalID}
	default:
		return nil, publish.Refuse("only account %s may import its findings, and the credentials are of %s: name a role of it below accounts", account, own)
	}
	if known := c.roles[role.Role]; known != nil {
		return known, nil
	}
	assumed := awssdk.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(*c.cfg), role.Role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "trailguard-publish"
		if role.ExternalID != "" {
			o.ExternalID = &role.ExternalID
		}
	}))
	c.roles[role.Role] = assumed
	return assumed, nil
}

// unnamedError is the SDK's code for an error whose answer has no code.
const unnamedError = "UnknownError"

// judge says what a failed call means. A refusal concerns this account and
// region only. Where AWS does not answer, or throttles beyond all retries,
// nothing more is sent.
func (c *Channel) judge(ctx context.Context, err error, whom string) error {
	var api smithy.APIError
	var answer *awshttp.ResponseError
	status := 0
	if errors.As(err, &answer) && answer.Response != nil {
		status = answer.HTTPStatusCode()
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("stopped before it was delivered")
	case status != 0 && (status < 400 || !errors.As(err, &api) || api.ErrorCode() == unnamedError):
		return fmt.Errorf("%s answered %d with something that is no answer of AWS: check the endpoint", whom, status)
	case errors.As(err, &api) && status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		return publish.Refuse("%s: %s", whom, publish.Text(scanner.Said(api.ErrorCode()+" "+api.ErrorMessage())))
	case errors.As(err, &api):
		return errors.New(whom + " answers " + publish.Text(scanner.Said(api.ErrorCode()+" "+api.ErrorMessage())) + " beyond all retries: try again later")
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New(whom + " gave no whole answer in time")
	default:
		return errors.New(whom + " cannot be reached, or there are no credentials; check the profile, the network and HTTPS_PROXY")
	}
}
