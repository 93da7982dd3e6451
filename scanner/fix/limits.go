package fix

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// withinLimits leaves out changes that are longer than what AWS stores.
func (c *Case) withinLimits(changes []Change) []Change {
	kept := changes[:0]
	for _, p := range changes {
		var beside []string
		for i := range c.Record.Evidence {
			e := &c.Record.Evidence[i]
			if e.Kind == p.Kind && e.Resource == p.Resource && e.Name != p.Name && inline(e.Name) == inline(p.Name) {
				beside = append(beside, e.Text)
			}
		}
		fits, condition := p.Kind.Fits(p.Resource, p.Name, p.Document, beside...)
		if !fits {
			continue
		}
		if condition != "" {
			p.Warnings = append(p.Warnings, condition)
		}
		kept = append(kept, p)
	}
	return kept
}

// inline is whose inline policy a name of evidence means: the group's, or of whoever it
// belongs to; empty: it is a managed one.
func inline(name string) string {
	holder, _, found := strings.Cut("/"+name, "/inline/")
	if !found {
		return ""
	}
	return "/" + holder
}

// withoutLockouts leaves out changes after which nobody could change a key's policy
// any more, and warns where that is so of a bucket's, which the root user of its
// account can always take away.
func (c *Case) withoutLockouts(changes []Change) []Change {
	kept := changes[:0]
	for _, p := range changes {
		switch p.Kind {
		case document.KindKeyPolicy:
			account := iam.AccountOf(p.Resource)
			if p.Before != "" && !administered(p.Document, p.Resource, account) && administered(p.Before, p.Resource, account) {
				continue
			}
		case document.KindBucketPolicy:
			if denied(p.Document, p.Resource, BucketAccount(c.Record)) {
				p.Warnings = append(p.Warnings, "this policy denies s3:PutBucketPolicy to everybody: only the root user of the bucket's account can change it again")
			}
		default:
		}
		kept = append(kept, p)
	}
	return kept
}

// administered says whether a key's policy lets somebody of its account change it.
func administered(text, key, account string) bool {
	p, err := iam.Parse([]byte(text), iam.ParseOptions{Name: document.KindKeyPolicy.Noun(), Type: iam.ResourcePolicy})
	if err != nil {
		return false
	}
	for _, a := range iam.WhoCan(iam.WhoCanQuestion{
		Action: "kms:PutKeyPolicy", Resource: key, ResourceAccount: account, Policies: iam.Policies{Resource: p},
	}) {
		if a.Principal.Account == account {
			return true
		}
	}
	return false
}

// denied says whether a bucket's policy keeps everybody from changing it.
func denied(text, bucket, account string) bool {
	p, err := iam.Parse([]byte(text), iam.ParseOptions{Name: document.KindBucketPolicy.Noun(), Type: iam.ResourcePolicy})
	return err == nil && len(iam.WhoIsNotDenied(iam.WhoCanQuestion{
		Action: "s3:PutBucketPolicy", Resource: bucket, ResourceAccount: account, Policies: iam.Policies{Resource: p},
	})) == 0
}
