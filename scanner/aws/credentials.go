package aws

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// renewHint ends every message about credentials that do not work any more.
const renewHint = "renew them (`aws sso login` for a profile of IAM Identity Center), or name others with the profile"

// noMetadataRole is, in lower case, how the error of the SDK's chain ends where
// nothing provided credentials.
const noMetadataRole = "no ec2 imds role"

// CredentialsError means that the credentials do not work at all, so that no
// question was asked.
type CredentialsError struct {
	// Expired means that there are credentials, but they have expired.
	Expired bool
	detail  string
}

func (e *CredentialsError) Error() string { return e.detail }

// newCredentialsError says why the SDK's chain returned no credentials. It does
// not repeat the SDK's own text, which may quote a credential process or a
// token's file.
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

// isCredentialCode reports whether an error code means that AWS does not know,
// or no longer accepts, the caller.
func isCredentialCode(code string) bool {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken",
		"SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationToken",
		"RequestExpired", "RequestTimeTooSkewed", "IncompleteSignature":
		return true
	}
	return false
}

// refusedCredentials returns the error for the first credentials, from which
// all others are derived.
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

// isCredentialError reports whether a call failed before it was sent, because
// there were no credentials to sign it.
func isCredentialError(err error) bool {
	var missing *CredentialsError
	return errors.As(err, &missing) || strings.Contains(err.Error(), "get credentials") ||
		strings.Contains(err.Error(), "get identity")
}
