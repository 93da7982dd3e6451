package patches

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// AWSCLI writes commands of the AWS CLI for a POSIX shell. Each document is saved first
// as it is, and has its way back.
func (r *Report) AWSCLI(w io.Writer) error {
	if _, err := fmt.Fprint(w, "#!/bin/sh\n# Read it, then run it: trailguard itself changes nothing.\nset -eu\n\n"); err != nil {
		return err
	}
	for i := range r.Fixes {
		f := &r.Fixes[i]
		if err := f.heading(w, "# "); err != nil {
			return err
		}
		all := f.Changes()
		if err := profiles(w, all); err != nil {
			return err
		}
		for j := range all {
			name := fmt.Sprintf("fix-%d", i+1)
			if len(all) > 1 {
				name += fmt.Sprintf("-%d", j+1)
			}
			if err := all[j].heading(w, "# ", j, len(all)); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%s\n", all[j].commands(name)); err != nil {
				return err
			}
		}
	}
	return r.rest(w, "# ")
}

// profiles has each command use the profile of its document's account where documents
// lie in several, and the script end before the first of them where one is missing or is
// of another account: a role may be called alike there.
func profiles(w io.Writer, changes []Change) error {
	var accounts []string
	for i := range changes {
		account := changes[i].account()
		if !iam.IsAccountID(account) {
			return nil // nobody knows whose it is, and it would name a variable
		}
		accounts = append(accounts, account)
	}
	slices.Sort(accounts)
	if accounts = slices.Compact(accounts); len(accounts) < 2 {
		return nil
	}
	for i := range changes {
		changes[i].profile = "PROFILE_" + changes[i].account()
	}
	var out strings.Builder
	out.WriteString("# Name a profile of the AWS CLI for each account, in the environment.\n")
	for _, account := range accounts {
		fmt.Fprintf(&out, `: "${PROFILE_%[1]s:?names no profile of account %[1]s}"
[ "$(aws --profile "$PROFILE_%[1]s" sts get-caller-identity --query Account --output text)" = %[1]s ] ||
	{ echo "PROFILE_%[1]s is a profile of another account" >&2; exit 1; }
`, account)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// steps are the commands about one document: to save what is there, to put a file in
// its place, and to take it away where there was none. Back is how what was saved comes
// back, unless it is put as well.
type steps struct{ save, put, remove, back string }

func (c *Change) commands(name string) string {
	if c.Kind == document.KindKey || c.Kind == document.KindKeyRotation {
		return c.key()
	}
	s, text := c.steps()
	before, after := name+"-before.json", name+".json"
	var out strings.Builder
	back := s.remove
	if c.Before != "" {
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
func (c *Change) steps() (s steps, text string) {
	arn, _ := iam.ParseARN(c.Resource)
	name := arn.Resource[strings.LastIndexByte(arn.Resource, '/')+1:]
	kind, _, _ := strings.Cut(arn.Resource, "/")
	text = c.Document
	switch c.Kind {
	case document.KindTrustPolicy:
		return steps{
			save: c.aws() + "iam get-role --role-name " + quote(name) + " --query Role.AssumeRolePolicyDocument --output json",
			put:  c.aws() + "iam update-assume-role-policy --role-name " + quote(name) + " --policy-document file://",
		}, text
	case document.KindKeyPolicy:
		at := " --region " + quote(arn.Region) + " --key-id " + quote(c.Resource) + " --policy-name default"
		return steps{
			save: c.aws() + "kms get-key-policy" + at + " --query Policy --output text",
			put:  c.aws() + "kms put-key-policy" + at + " --policy file://",
		}, text
	case document.KindIdentityPolicy:
		kind, name, policy, inline := c.inline(kind, name)
		if !inline {
			return c.managed()
		}
		of := fmt.Sprintf("%s-policy --%[1]s-name %s --policy-name %s", kind, quote(name), quote(policy))
		return steps{
			save:   c.aws() + "iam get-" + of + " --query PolicyDocument --output json",
			put:    c.aws() + "iam put-" + of + " --policy-document file://",
			remove: c.aws() + "iam delete-" + of,
		}, text
	default:
		return c.bucket(arn.Resource)
	}
}

// key has a key work again, or rotated.
func (c *Change) key() string {
	arn, _ := iam.ParseARN(c.Resource)
	at := " --region " + quote(arn.Region) + " --key-id " + quote(c.Resource) + "\n"
	back := func(call string) string {
		return "# The way back: " + c.aws() + "kms " + call + strings.ReplaceAll(strings.TrimSuffix(at, "\n"), "\n", "\n# ") + "\n"
	}
	if c.Kind == document.KindKeyRotation {
		return c.aws() + "kms enable-key-rotation" + at + back("disable-key-rotation")
	}
	var key document.Key
	if json.Unmarshal([]byte(c.Before), &key) == nil && key.Valid() && key.Metadata.Doomed() {
		return c.aws() + "kms cancel-key-deletion" + at + c.aws() + "kms enable-key" + at
	}
	return c.aws() + "kms enable-key" + at + back("disable-key")
}

// inline is whose inline policy it is, the resource's own or that of a group that a
// user is in, and what it is called; false: it is a managed policy.
func (c *Change) inline(kind, name string) (ofKind, ofName, policy string, is bool) {
	rest := c.Name
	if group, ok := strings.CutPrefix(rest, "group/"); ok {
		kind = "group"
		name, rest, _ = strings.Cut(group, "/")
	}
	policy, is = strings.CutPrefix(rest, "inline/")
	return kind, name, policy, is
}

// managed is a new version of a managed policy.
func (c *Change) managed() (steps, string) {
	arn := c.Name[strings.LastIndex(c.Name, "arn:"):]
	return steps{
		save: c.aws() + "iam get-policy --policy-arn " + quote(arn) + " --query Policy.DefaultVersionId --output text",
		put:  c.aws() + "iam create-policy-version --policy-arn " + quote(arn) + " --set-as-default --policy-document file://",
		back: c.aws() + "iam set-default-policy-version --policy-arn " + strings.ReplaceAll(quote(arn), "%", "%%") + ` --version-id "$(cat %s)"`,
	}, c.Document
}

// bucket is a policy or setting of a bucket.
func (c *Change) bucket(name string) (s steps, text string) {
	at := " --bucket " + quote(name)
	if c.owner != "" {
		at += " --expected-bucket-owner " + quote(c.owner)
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
	}[c.Kind]
	save := c.aws() + "s3api get-" + of.call + at + " --output json"
	text = c.Document
	switch {
	case c.Kind == document.KindBucketPolicy:
		save = c.aws() + "s3api get-" + of.call + at + " --query Policy --output text"
	case of.member != "":
		save = c.aws() + "s3api get-" + of.call + at + " --query " + of.member + " --output json"
		var members map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &members) == nil {
			text = scanner.NewDisplay(string(members[of.member])).Text
		}
	}
	remove := c.aws() + "s3api delete-" + of.call + at
	if c.Kind == document.KindVersioning { // it never goes again
		remove = c.aws() + "s3api put-bucket-versioning" + at + " --versioning-configuration Status=Suspended"
	}
	return steps{save: save, put: c.aws() + "s3api put-" + of.call + at + " --" + of.option + " file://", remove: remove}, text
}

// aws is how a command begins.
func (c *Change) aws() string {
	if c.profile == "" {
		return "aws "
	}
	return `aws --profile "$` + c.profile + `" `
}

// quote makes any text one word of a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
