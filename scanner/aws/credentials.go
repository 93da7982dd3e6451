package aws

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// renewHint ends every message about credentials that no longer work.
const renewHint = "renew them (`aws sso login` for a profile of IAM Identity Center), or name others with the profile"

// noMetadataRole is how the SDK's chain ends, in small letters, where nothing
// gave credentials.
const noMetadataRole = "no ec2 imds role"

// CredentialsError says that the credentials work for nothing, so that no
// question was asked.
type CredentialsError struct {
	// Expired: there are credentials, and they have run out.
	Expired bool
	detail  string
}

func (e *CredentialsError) Error() string { return e.detail }

// newCredentialsError says why the SDK's chain gave no credentials. The SDK's
// own text is not repeated: it may quote a credential process or a token's file.
func newCredentialsError(profile string, err error) *CredentialsError {
	login := "aws sso login"
	source := "the shared configuration and credentials files"
	if profile != "" {
		login += " --profile " + profile
		source += fmt.Sprintf(" (profile %q)", profile)
	}
	text := strings.ToLower(err.Error())
	var network *net.OpError
	switch {
	case strings.Contains(text, noMetadataRole): // the chain's last link, whatever went before
	case errors.As(err, &network), isTimeout(err):
		return &CredentialsError{false, "the service that gives the credentials cannot be reached; check the network and HTTPS_PROXY"}
	case strings.Contains(text, "sso"):
		return &CredentialsError{true, "the session of IAM Identity Center (SSO) has expired or was never opened; run: " + login}
	case strings.Contains(text, "assumerole") || strings.Contains(text, "web identity"):
		return &CredentialsError{false, "the role of the credential chain cannot be assumed; check role_arn, source_profile or the web identity token"}
	case strings.Contains(text, "process"):
		return &CredentialsError{false, "the credential_process of the profile gave no credentials; run it by hand"}
	}
	return &CredentialsError{false, "no AWS credentials: tried the environment (AWS_ACCESS_KEY_ID), " + source +
		", web identity, container credentials and the instance metadata service; set AWS_PROFILE or aws.profile, or run: " + login}
}

// isCredentialCode says whether AWS does not know, or no longer accepts, who is
// asking.
func isCredentialCode(code string) bool {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken",
		"SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationToken",
		"RequestExpired", "RequestTimeTooSkewed", "IncompleteSignature":
		return true
	}
	return false
}

// refusedCredentials says so of the credentials that everything starts from.
func refusedCredentials(profile string, f *failure) *CredentialsError {
	login := "aws sso login"
	if profile != "" {
		login += " --profile " + profile
	}
	return &CredentialsError{
		strings.Contains(f.code, "Expired"),
		fmt.Sprintf("AWS refuses the credentials (%s); renew them, with SSO by: %s", f.code, login),
	}
}

// isCredentialError says whether a call failed before it was sent, for want of
// credentials to sign it with.
func isCredentialError(err error) bool {
	var missing *CredentialsError
	return errors.As(err, &missing) || strings.Contains(err.Error(), "get credentials") ||
		strings.Contains(err.Error(), "get identity")
}
