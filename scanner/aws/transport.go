package aws

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trailguard/trailguard/scanner/aws/internal/wire"
)

// encrypted refuses an endpoint that signed requests, and a session's token with
// them, would reach in clear, whoever named it.
func (c *clients) encrypted() error {
	endpoints := map[string]*string{
		"s3": c.s3.Options().BaseEndpoint, "s3control": c.s3control.Options().BaseEndpoint, "iam": c.iam.Options().BaseEndpoint,
		"kms": c.kms.Options().BaseEndpoint, "sts": c.sts.Options().BaseEndpoint, "cloudtrail": c.cloudtrail.Options().BaseEndpoint,
		"organizations": c.organizations.Options().BaseEndpoint,
	}
	return wire.Encrypted(endpoints)
}

// encryptedChain does so for the services that the SDK asks for credentials
// before any call of ours: the keys of a session are in their answers.
func encryptedChain(cfg *awssdk.Config) error {
	return wire.Encrypted(map[string]*string{
		"sso": sso.NewFromConfig(*cfg).Options().BaseEndpoint, "ssooidc": ssooidc.NewFromConfig(*cfg).Options().BaseEndpoint,
		"signin": signin.NewFromConfig(*cfg).Options().BaseEndpoint, "sts": sts.NewFromConfig(*cfg).Options().BaseEndpoint,
	})
}
