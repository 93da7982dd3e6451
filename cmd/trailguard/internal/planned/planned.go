// Package planned reads what the user of a plan says that will be.
package planned

import (
	"errors"
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// Policy is a policy as it would be, in a file.
type Policy struct {
	Path   string
	change overlay.Change // without its text
}

// Parse takes WHAT=FILE apart. Names of roles may hold an equals sign, so that the
// last one ends them.
func Parse(text string) (Policy, error) {
	form, rest, _ := strings.Cut(text, ":")
	end := strings.LastIndex(rest, "=")
	if end < 1 || end == len(rest)-1 {
		return Policy{}, errors.New("write WHAT=FILE, such as s3:BUCKET=policy.json")
	}
	what := rest[:end]
	p := Policy{rest[end+1:], overlay.Change{Origin: text, Resource: what}}
	switch form {
	case "s3":
		p.change.Kind = document.KindBucketPolicy
	case "trust":
		p.change.Kind = document.KindTrustPolicy
	case "key":
		p.change.Kind = document.KindKeyPolicy
	case "identity":
		slash := strings.LastIndex(what, "/")
		if slash < 1 || slash == end-1 || strings.Contains(what[1:], "arn:") {
			return p, errors.New("write identity:ROLE/NAME=FILE with the name of an inline policy; a managed policy cannot be planned yet")
		}
		p.change.Kind, p.change.Resource, p.change.Name = document.KindIdentityPolicy, what[:slash], "inline/"+what[slash+1:]
	default:
		return p, fmt.Errorf("use s3, trust, identity or key before the colon, not %q", form)
	}
	return p, nil
}

// Read reads the policies' files.
func Read(policies []Policy) ([]overlay.Change, error) {
	changes := make([]overlay.Change, len(policies))
	for i := range policies {
		text, err := plaintext.ReadFile(policies[i].Path)
		if err != nil {
			return nil, err
		}
		changes[i] = policies[i].change
		changes[i].Text = string(text)
	}
	return changes, nil
}
