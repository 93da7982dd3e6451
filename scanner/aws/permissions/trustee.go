package permissions

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// github is the provider of the identities that GitHub gives its workflows.
const github = "token.actions.githubusercontent.com"

// workflowPattern reads github:ORG/REPO, and behind it what the workflow runs
// for, as GitHub writes it in the subject: ref:refs/heads/main, environment:prod.
var workflowPattern = regexp.MustCompile(`^github:([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)(:(?:ref:refs/|environment:)[A-Za-z0-9._/-]+|:pull_request)?$`)

// trustee is the ARN of who may assume the reader role.
func (in *Input) trustee() (string, error) {
	who := in.TrustedBy
	if who == "" {
		return in.iamARN("root"), nil
	}
	if iam.IsAccountID(who) {
		return "arn:" + in.Partition + ":iam::" + who + ":root", nil
	}
	arn, ok := iam.ParseARN(who)
	kind, name, _ := strings.Cut(arn.Resource, "/")
	switch {
	case strings.ContainsAny(who, "*?"):
		return "", fmt.Errorf("permissions: trusted by %q would let whoever matches assume the reader: name one account, role or user", who)
	case strings.HasSuffix(kind, "-provider"):
		return "", fmt.Errorf("permissions: %s is an identity provider, which does not assume a role like an account: say whom it stands for with --oidc github:ORG/REPO", who)
	case !ok || !iam.IsAccountID(arn.Account) || !trusts(arn.Service, kind, name):
		return "", fmt.Errorf("permissions: trusted by %q: name an account id, or the ARN of a role or user", who)
	}
	return who, nil
}

// trusts says whether a trust policy may name such a principal under AWS.
func trusts(service, kind, name string) bool {
	switch service {
	case "iam":
		return kind == "root" && name == "" || (kind == "role" || kind == "user") && name != ""
	case "sts":
		return kind == "assumed-role" && name != ""
	default:
		return false
	}
}

// workflowStatement trusts the workflows of one GitHub repository, or of what
// they run for. Its account needs the provider, which it has once.
func (in *Input) workflowStatement() (PolicyStatement, error) {
	match := workflowPattern.FindStringSubmatch(in.OIDC)
	if match == nil {
		return PolicyStatement{}, fmt.Errorf("permissions: %q: write github:ORG/REPO, or github:ORG/REPO:ref:refs/heads/BRANCH or :environment:NAME for less", in.OIDC)
	}
	statement := PolicyStatement{
		Sid: "AssumeReaderFromGitHub", Effect: "Allow",
		Principal: map[string]string{"Federated": in.iamARN("oidc-provider/" + github)}, Action: []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: map[string]map[string]string{"StringEquals": {github + ":aud": "sts.amazonaws.com"}},
	}
	subject := "repo:" + match[1] + match[2]
	if match[2] == "" {
		statement.Condition["StringLike"] = map[string]string{github + ":sub": subject + ":*"}
	} else {
		statement.Condition["StringEquals"][github+":sub"] = subject
	}
	return statement, nil
}

// trustPolicy trusts whom was named: by default the account itself, unless only
// a provider was.
func (in *Input) trustPolicy() (PolicyDocument, error) {
	doc := PolicyDocument{Version: policyVersion, Statement: []PolicyStatement{}}
	if in.TrustedBy != "" || in.OIDC == "" {
		who, err := in.trustee()
		if err != nil {
			return doc, err
		}
		statement := PolicyStatement{
			Sid: "AssumeReader", Effect: "Allow",
			Principal: map[string]string{"AWS": who}, Action: []string{"sts:AssumeRole"},
		}
		if in.ExternalID != "" {
			statement.Condition = map[string]map[string]string{"StringEquals": {"sts:ExternalId": in.ExternalID}}
		}
		doc.Statement = append(doc.Statement, statement)
	}
	if in.OIDC != "" {
		statement, err := in.workflowStatement()
		if err != nil {
			return doc, err
		}
		doc.Statement = append(doc.Statement, statement)
	}
	return doc, nil
}

var (
	bucketNames = regexp.MustCompile(`^[A-Za-z0-9._*?-]+$`)
	keyNames    = regexp.MustCompile(`^([A-Za-z0-9-]+|\*)$`)
	errNoKey    = errors.New("name the key's id or ARN: an alias can be pointed at another key")
)

// understand reads names as people write them, s3://bucket and role/name, and
// refuses what names nothing of its kind.
func (in *Input) understand() error {
	if arn, ok := iam.ParseARN(in.TrustedBy); ok && arn.Partition != in.Partition {
		return fmt.Errorf("permissions: %s is in partition %s, and the account in %s: no role of the one trusts the other", in.TrustedBy, arn.Partition, in.Partition)
	}
	for _, list := range []struct {
		what, service string
		names         *[]string
		read          func(name string) (string, error)
	}{
		{"bucket", "s3", &in.Buckets, bucketName},
		{"role", "iam", &in.Roles, func(name string) (string, error) { return strings.TrimPrefix(name, "role/"), nil }},
		{"user", "iam", &in.Users, func(name string) (string, error) { return strings.TrimPrefix(name, "user/"), nil }},
		{"key", "kms", &in.Keys, keyID},
		{"assume-role", "iam", &in.AssumeRoles, func(name string) (string, error) { return "", fmt.Errorf("%q is not the ARN of a role", name) }},
	} {
		understood := make([]string, len(*list.names))
		for i, name := range *list.names {
			if arn, ok := iam.ParseARN(name); ok {
				prefix := map[string]string{"role": "role/", "assume-role": "role/", "user": "user/", "key": "key/"}[list.what]
				if arn.Service != list.service || !strings.HasPrefix(arn.Resource, prefix) {
					return fmt.Errorf("permissions: %s %s: this is the ARN of something else", list.what, name)
				}
				understood[i] = name
				continue
			}
			var err error
			if understood[i], err = list.read(name); err != nil {
				return fmt.Errorf("permissions: %s %w", list.what, err)
			}
		}
		*list.names = understood
	}
	return nil
}

func bucketName(name string) (string, error) {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(name, "s3://"), "/")
	if !bucketNames.MatchString(bucket) || strings.HasPrefix(name, "/") || strings.Contains(strings.TrimPrefix(name, "s3://"), "://") {
		return "", fmt.Errorf("%q is not the name of a bucket", name)
	}
	return bucket, nil
}

func keyID(name string) (string, error) {
	name = strings.TrimPrefix(name, "key/")
	if !keyNames.MatchString(name) {
		return "", fmt.Errorf("%q: %w", name, errNoKey)
	}
	return name, nil
}
