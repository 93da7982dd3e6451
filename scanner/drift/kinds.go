package drift

import (
	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
)

// subject is what a document is about. When an export is pointed at another
// subject, the old one's documents are no longer collected, and that is no
// change of theirs.
type subject int

const (
	subjectBucket subject = iota
	subjectWriter
	subjectKey
)

// aspect is how documents of one kind are compared.
type aspect struct {
	name    string // as a person calls the document
	subject subject
	// settings compares documents that are no policies; nil for policies.
	settings func(before, after string, c *comparison) ([]detail, error)
}

// aspects are the kinds of evidence that are compared. What was delivered, how
// keys were used and what merely repeats another document is not.
var aspects = map[scanner.Kind]aspect{
	scanner.KindBucket:             {"bucket", subjectBucket, compareBucket},
	scanner.KindBucketOwner:        {"bucket's owner", subjectBucket, compareOwner},
	scanner.KindBucketPolicy:       {"bucket policy", subjectBucket, nil},
	scanner.KindPublicAccessBlock:  {"public access block", subjectBucket, compareAccessBlock},
	scanner.KindAccountAccessBlock: {"account's public access block", subjectBucket, compareAccessBlock},
	scanner.KindEncryption:         {"default encryption", subjectBucket, compareEncryption},
	scanner.KindVersioning:         {"versioning", subjectBucket, compareVersioning},
	scanner.KindObjectLock:         {"Object Lock", subjectBucket, compareObjectLock},
	scanner.KindLifecycle:          {"lifecycle", subjectBucket, compareLifecycle},
	scanner.KindOwnership:          {"object ownership", subjectBucket, compareOwnership},
	scanner.KindACL:                {"access control list", subjectBucket, compareACL},
	scanner.KindAccessLog:          {"access logging", subjectBucket, compareAccessLog},
	scanner.KindRole:               {"role", subjectWriter, compareRole},
	scanner.KindUser:               {"user", subjectWriter, compareUser},
	scanner.KindTrustPolicy:        {"trust policy", subjectWriter, nil},
	scanner.KindIdentityPolicies:   {"list of policies", subjectWriter, nil},
	scanner.KindIdentityPolicy:     {"policy", subjectWriter, nil},
	scanner.KindBoundary:           {"permissions boundary", subjectWriter, nil},
	scanner.KindKey:                {"key", subjectKey, compareKey},
	scanner.KindKeyPolicy:          {"key policy", subjectKey, nil},
}

func isCompared(kind scanner.Kind) bool {
	_, ok := aspects[kind]
	return ok
}

// isIdentity says that a kind is compared together with its siblings: a
// statement that moves from one policy of a role to another changes nothing.
func isIdentity(kind scanner.Kind) bool {
	return kind == scanner.KindIdentityPolicies || kind == scanner.KindIdentityPolicy || kind == scanner.KindBoundary
}

// stable is a document without what differs from run to run, such as when a
// role was last used, and its digest.
func stable(e *scanner.Evidence) (text, digest string) {
	var document any
	switch e.Kind {
	case scanner.KindRole:
		document = &roleDocument{}
	case scanner.KindUser:
		document = &userDocument{}
	case scanner.KindKey:
		document = &keyDocument{}
	default:
		return e.Text, e.Digest
	}
	if json.Unmarshal([]byte(e.Text), document) != nil {
		return e.Text, e.Digest
	}
	b, err := json.Marshal(document)
	if err != nil {
		return e.Text, e.Digest
	}
	return string(b), scanner.Digest(string(b))
}
