// Package keygrants lists the grants on one KMS key, and keeps those that can be
// about objects in S3.
//
// It judges nothing, and how a call is retried and noted when it fails is not its
// concern.
package keygrants

import (
	"context"
	"errors"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/trailguard/trailguard/scanner/document"
)

// A page holds a hundred grants at most, and a key may have 50,000.
const (
	pageSize = 100
	maxPages = 501
)

// Read lists the grants on a key, given by its ARN.
func Read(ctx context.Context, client *kms.Client, key string, in func(*kms.Options)) (*document.KeyGrants, error) {
	list := &document.KeyGrants{Grants: []document.KeyGrant{}}
	input := &kms.ListGrantsInput{KeyId: &key, Limit: awssdk.Int32(pageSize)}
	for range maxPages {
		out, err := client.ListGrants(ctx, input, in)
		if err != nil {
			return nil, fmt.Errorf("list the grants on %s: %w", key, err)
		}
		for i := range out.Grants {
			g, err := grantOf(&out.Grants[i])
			if err != nil {
				return nil, err
			}
			if g.ForObjects() {
				list.Grants = append(list.Grants, g)
			}
		}
		if !out.Truncated {
			list.Sort()
			return list, nil
		}
		if awssdk.ToString(out.NextMarker) == "" || awssdk.ToString(out.NextMarker) == awssdk.ToString(input.Marker) {
			return nil, errEndless
		}
		input.Marker = out.NextMarker
	}
	return nil, errEndless
}

func grantOf(e *types.GrantListEntry) (document.KeyGrant, error) {
	g := document.KeyGrant{
		ID: awssdk.ToString(e.GrantId), Grantee: awssdk.ToString(e.GranteePrincipal), GranteeService: awssdk.ToString(e.GranteeServicePrincipal),
		Retiring: awssdk.ToString(e.RetiringPrincipal), RetiringService: awssdk.ToString(e.RetiringServicePrincipal), Operations: []string{},
	}
	for _, operation := range e.Operations {
		g.Operations = append(g.Operations, string(operation))
	}
	if c := e.Constraints; c != nil {
		g.Constraints = &document.GrantConstraints{
			ContextEquals: c.EncryptionContextEquals, ContextSubset: c.EncryptionContextSubset, SourceARN: awssdk.ToString(c.SourceArn),
		}
	}
	if g.ID == "" || g.Who() == "" {
		return g, errEmpty
	}
	return g, nil
}

// What is wrong with an answer of the right shape. The SDK says of others in the
// same way that they cannot be read.
var (
	errEmpty   = &smithy.DeserializationError{Err: errors.New("a grant that lacks its id or whom it is for")}
	errEndless = &smithy.DeserializationError{Err: errors.New("a list that does not end")}
)
