package aws

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/keygrants"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// defaultKeyPolicy is the only name that a key policy can have.
const defaultKeyPolicy = "default"

// keyARN completes a key as a bucket names it. S3 looks a bare id or alias up
// in the bucket's region and account. It is empty for the AWS managed key,
// which asking by its alias would create.
func keyARN(b *bucket, configured string) (string, *failure) {
	name := configured
	if parsed := parseARN(configured); parsed.Service == "kms" {
		name = parsed.Resource
	}
	if strings.HasPrefix(name, "alias/aws/") {
		return "", nil
	}
	if strings.HasPrefix(configured, "arn:") {
		if parsed := parseARN(configured); parsed.Service == "kms" && partitions.IsRegion(parsed.Region) && iam.IsAccountID(parsed.Account) {
			return configured, nil
		}
		return configured, &failure{call: callDescribeKey, reason: scanner.ReasonUnsupported, detail: "this is not the ARN of a key"}
	}
	if !strings.HasPrefix(name, "alias/") {
		name = "key/" + name
	}
	text := fmt.Sprintf("arn:%s:kms:%s:%s:%s", b.id.partition, b.currentRegion(), b.owner, name)
	if b.owner == "" {
		return text, &failure{
			call: callDescribeKey, reason: scanner.ReasonSubjectMissing,
			detail: "the bucket names its key without an account, and the bucket's owner is not known",
		}
	}
	return text, nil
}

// keyBatch reads the key that a bucket encrypts with.
func (r *run) keyBatch(ctx context.Context, b *bucket, configured string) batch {
	text, f := keyARN(b, configured)
	if f != nil {
		return r.unreadKey(text, f)
	}
	if text == "" {
		return batch{}
	}
	return r.keys.Do(text, func() batch { return r.readKey(ctx, text) })
}

// unreadKey is a key of which nothing can be asked.
func (r *run) unreadKey(text string, f *failure) batch {
	out := batch{}
	for _, kind := range []document.Kind{document.KindKey, document.KindKeyPolicy, document.KindKeyRotation, document.KindKeyGrants} {
		out.fail(kind, text, "", f)
	}
	return out
}

// readKey asks KMS with the credentials of the key's account. Without such,
// the key policy may still let the caller describe the key, but nobody reads
// the policy from another account.
func (r *run) readKey(ctx context.Context, text string) batch {
	out := batch{}
	asked := parseARN(text)
	a := r.reach(ctx, asked.Account)
	c := a.clients
	if c == nil && r.known(asked.Account) { // its role could not be assumed
		return r.unreadKey(text, a.failure)
	}
	if c == nil {
		c = r.base
	}
	in := func(o *kms.Options) { o.Region = asked.Region }
	metadata, from, f := r.describeKey(ctx, c, text, in)
	resource := text
	switch {
	case f.absence("NotFoundException"):
		out.absent(document.KindKey, from, text, "")
		return out
	case f != nil && strings.HasPrefix(asked.Resource, "alias/"): // which nothing else takes
		return r.unreadKey(text, r.keyHinted(f, asked, text))
	case f != nil:
		out.fail(document.KindKey, text, "", r.keyHinted(f, asked, text))
	default:
		resource = deref(metadata.Arn)
		out.read(document.KindKey, from, resource, "", keyText(metadata))
	}
	if a.failure != nil {
		out.fail(document.KindKeyPolicy, resource, "", a.failure)
	} else {
		r.keyPolicy(ctx, c, resource, in, &out)
	}
	if metadata == nil || metadata.KeyManager != types.KeyManagerTypeAws { // which AWS rotates, and lets be used, itself
		r.keyRotation(ctx, c, resource, in, &out)
		r.keyGrants(ctx, c, resource, in, &out)
	}
	return out
}

func (r *run) describeKey(ctx context.Context, c *clients, id string, in func(*kms.Options)) (*types.KeyMetadata, gate.Answer, *failure) {
	return call(ctx, r, c, callDescribeKey, func(ctx context.Context) (*types.KeyMetadata, error) {
		out, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id}, in)
		if err != nil {
			return nil, err
		}
		if out.KeyMetadata == nil || deref(out.KeyMetadata.Arn) == "" {
			return nil, errEmpty
		}
		asked, answered := parseARN(id), parseARN(*out.KeyMetadata.Arn)
		if strings.HasPrefix(asked.Resource, "alias/") {
			asked.Resource = answered.Resource // whatever the alias points to
		}
		if asked != answered {
			return nil, errAnother
		}
		return out.KeyMetadata, nil
	})
}

func (r *run) keyPolicy(ctx context.Context, c *clients, resource string, in func(*kms.Options), out *batch) {
	name := defaultKeyPolicy
	got, from, f := call(ctx, r, c, callKeyPolicy, func(ctx context.Context) (*kms.GetKeyPolicyOutput, error) {
		out, err := c.kms.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &resource, PolicyName: &name}, in)
		if err != nil || out.PolicyName == nil { // which KMS did not always tell
			return out, err
		}
		return out, about(&name, out.PolicyName)
	})
	if f != nil {
		out.fail(document.KindKeyPolicy, resource, "", r.keyHinted(f, parseARN(resource), resource))
		return
	}
	out.put(documentAnswer(from, got.Policy), document.KindKeyPolicy, resource, "")
}

func (r *run) keyRotation(ctx context.Context, c *clients, resource string, in func(*kms.Options), out *batch) {
	got, from, f := call(ctx, r, c, callKeyRotation, func(ctx context.Context) (*kms.GetKeyRotationStatusOutput, error) {
		out, err := c.kms.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &resource}, in)
		if err != nil || strings.HasSuffix(resource, deref(out.KeyId)) { // KMS names the key by its id or its ARN
			return out, err
		}
		return nil, errAnother
	})
	if f != nil {
		out.fail(document.KindKeyRotation, resource, "", r.keyHinted(f, parseARN(resource), resource))
		return
	}
	text := document.Encode(document.KeyRotation{Enabled: &got.KeyRotationEnabled, PeriodDays: deref(got.RotationPeriodInDays)})
	out.read(document.KindKeyRotation, from, resource, "", text)
}

func (r *run) keyGrants(ctx context.Context, c *clients, resource string, in func(*kms.Options), out *batch) {
	list, from, f := call(ctx, r, c, callKeyGrants, func(ctx context.Context) (*document.KeyGrants, error) {
		return keygrants.Read(ctx, c.kms, resource, in)
	})
	if f != nil {
		out.fail(document.KindKeyGrants, resource, "", r.keyHinted(f, parseARN(resource), resource))
		return
	}
	out.read(document.KindKeyGrants, from, resource, "", document.Encode(list))
}

// keyHinted adds to a failure what would let the program read the key.
func (r *run) keyHinted(f *failure, key arn, text string) *failure {
	switch {
	case f.reason != scanner.ReasonDenied || isCredentialCode(f.code):
		return f
	case !r.known(key.Account) && r.caller.account != "":
		return f.toward(accountHint(key.Account))
	}
	return f.with(fmt.Sprintf("allow %s on %s, in the key policy too (`trailguard permissions` prints the statement)", permissionOf(f.call), text))
}

func keyText(k *types.KeyMetadata) string {
	return document.Encode(document.Key{Metadata: &document.KeyMetadata{
		AWSAccountID: deref(k.AWSAccountId), KeyID: deref(k.KeyId), ARN: deref(k.Arn), CreationDate: utc(k.CreationDate),
		Enabled: k.Enabled, KeyUsage: string(k.KeyUsage), KeyState: string(k.KeyState), DeletionDate: utc(k.DeletionDate),
		Origin: string(k.Origin), KeyManager: string(k.KeyManager), KeySpec: string(k.KeySpec), MultiRegion: deref(k.MultiRegion),
		ExpirationModel: string(k.ExpirationModel), ValidTo: utc(k.ValidTo),
	}})
}
