package patches

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// AWSCLI writes commands of the AWS CLI for a POSIX shell. Each change first saves
// what is there, and shows the way back.
func (r *Report) AWSCLI(w io.Writer) error {
	if _, err := fmt.Fprint(w, "#!/bin/sh\n# Read it, then run it: trailguard itself changes nothing.\nset -eu\n\n"); err != nil {
		return err
	}
	for i := range r.Fixes {
		f := &r.Fixes[i]
		if err := f.heading(w, "# "); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", f.commands(fmt.Sprintf("fix-%d", i+1))); err != nil {
			return err
		}
	}
	return r.rest(w, "# ")
}

// steps are the commands about one document: to save what is there, to put a file in
// its place, and to take it away where there was none. Back is how what was saved comes
// back, unless it is put as well.
type steps struct{ save, put, remove, back string }

func (f *Fix) commands(name string) string {
	if f.Kind == document.KindKey || f.Kind == document.KindKeyRotation {
		return f.key()
	}
	s, text := f.steps()
	before, after := name+"-before.json", name+".json"
	var out strings.Builder
	back := s.remove
	if f.Before != "" {
		fmt.Fprintf(&out, "%s > %s\n", s.save, before)
		if back = s.put + before; s.back != "" {
			back = fmt.Sprintf(s.back, before)
		}
	}
	fmt.Fprintf(&out, "cat > %s <<'TRAILGUARD'\n%sTRAILGUARD\n", after, text)
	fmt.Fprintf(&out, "%s%s\n", s.put, after)
	fmt.Fprintf(&out, "# The way back: %s\n", strings.ReplaceAll(back, "\n", "\n# ")) // all of it is a comment
	return out.String()
}

// steps are those of the document's kind, and the text that the commands want.
func (f *Fix) steps() (s steps, text string) {
	arn, _ := iam.ParseARN(f.Resource)
	name := arn.Resource[strings.LastIndexByte(arn.Resource, '/')+1:]
	kind, _, _ := strings.Cut(arn.Resource, "/")
	text = f.Document
	switch f.Kind {
	case document.KindTrustPolicy:
		return steps{
			save: "aws iam get-role --role-name " + quote(name) + " --query Role.AssumeRolePolicyDocument --output json",
			put:  "aws iam update-assume-role-policy --role-name " + quote(name) + " --policy-document file://",
		}, text
	case document.KindKeyPolicy:
		at := " --region " + quote(arn.Region) + " --key-id " + quote(f.Resource) + " --policy-name default"
		return steps{
			save: "aws kms get-key-policy" + at + " --query Policy --output text",
			put:  "aws kms put-key-policy" + at + " --policy file://",
		}, text
	case document.KindIdentityPolicy:
		kind, name, policy, inline := f.inline(kind, name)
		if !inline {
			return f.managed()
		}
		of := fmt.Sprintf("%s-policy --%[1]s-name %s --policy-name %s", kind, quote(name), quote(policy))
		return steps{
			save:   "aws iam get-" + of + " --query PolicyDocument --output json",
			put:    "aws iam put-" + of + " --policy-document file://",
			remove: "aws iam delete-" + of,
		}, text
	default:
		return f.bucket(arn.Resource)
	}
}

// key has a key work again, or rotated.
func (f *Fix) key() string {
	arn, _ := iam.ParseARN(f.Resource)
	at := " --region " + quote(arn.Region) + " --key-id " + quote(f.Resource) + "\n"
	back := func(call string) string {
		return "# The way back: aws kms " + call + strings.ReplaceAll(strings.TrimSuffix(at, "\n"), "\n", "\n# ") + "\n"
	}
	if f.Kind == document.KindKeyRotation {
		return "aws kms enable-key-rotation" + at + back("disable-key-rotation")
	}
	var key document.Key
	if json.Unmarshal([]byte(f.Before), &key) == nil && key.Valid() && key.Metadata.Doomed() {
		return "aws kms cancel-key-deletion" + at + "aws kms enable-key" + at
	}
	return "aws kms enable-key" + at + back("disable-key")
}

// inline is whose inline policy it is, the resource's own or that of a group that a
// user is in, and what it is called; false: it is a managed policy.
func (f *Fix) inline(kind, name string) (ofKind, ofName, policy string, is bool) {
	rest := f.Name
	if group, ok := strings.CutPrefix(rest, "group/"); ok {
		kind = "group"
		name, rest, _ = strings.Cut(group, "/")
	}
	policy, is = strings.CutPrefix(rest, "inline/")
	return kind, name, policy, is
}

// managed is a new version of a managed policy.
func (f *Fix) managed() (steps, string) {
	arn := f.Name[strings.LastIndex(f.Name, "arn:"):]
	return steps{
		save: "aws iam get-policy --policy-arn " + quote(arn) + " --query Policy.DefaultVersionId --output text",
		put:  "aws iam create-policy-version --policy-arn " + quote(arn) + " --set-as-default --policy-document file://",
		back: "aws iam set-default-policy-version --policy-arn " + strings.ReplaceAll(quote(arn), "%", "%%") + ` --version-id "$(cat %s)"`,
	}, f.Document
}

// bucket is a policy or setting of a bucket.
func (f *Fix) bucket(name string) (s steps, text string) {
	at := " --bucket " + quote(name)
	if f.owner != "" {
		at += " --expected-bucket-owner " + quote(f.owner)
	}
	of := map[document.Kind]struct{ call, option, member string }{
		document.KindBucketPolicy:      {"bucket-policy", "policy", ""},
		document.KindVersioning:        {"bucket-versioning", "versioning-configuration", ""},
		document.KindPublicAccessBlock: {"public-access-block", "public-access-block-configuration", "PublicAccessBlockConfiguration"},
		document.KindRequestPayment:    {"bucket-request-payment", "request-payment-configuration", ""},
		document.KindOwnership:         {"bucket-ownership-controls", "ownership-controls", "OwnershipControls"},
		document.KindEncryption:        {"bucket-encryption", "server-side-encryption-configuration", "ServerSideEncryptionConfiguration"},
		document.KindObjectLock:        {"object-lock-configuration", "object-lock-configuration", "ObjectLockConfiguration"},
		document.KindACL:               {"bucket-acl", "access-control-policy", ""},
	}[f.Kind]
	save := "aws s3api get-" + of.call + at + " --output json"
	text = f.Document
	switch {
	case f.Kind == document.KindBucketPolicy:
		save = "aws s3api get-" + of.call + at + " --query Policy --output text"
	case of.member != "":
		save = "aws s3api get-" + of.call + at + " --query " + of.member + " --output json"
		var members map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &members) == nil {
			text = scanner.NewDisplay(string(members[of.member])).Text
		}
	}
	remove := "aws s3api delete-" + of.call + at
	if f.Kind == document.KindVersioning { // it never goes again
		remove = "aws s3api put-bucket-versioning" + at + " --versioning-configuration Status=Suspended"
	}
	return steps{save: save, put: "aws s3api put-" + of.call + at + " --" + of.option + " file://", remove: remove}, text
}

// quote makes any text one word of a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
