package drift

import (
	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
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
var aspects = map[document.Kind]aspect{
	document.KindBucket:             {"bucket", subjectBucket, compareBucket},
	document.KindBucketOwner:        {"bucket's owner", subjectBucket, compareOwner},
	document.KindBucketPolicy:       {"bucket policy", subjectBucket, nil},
	document.KindPublicAccessBlock:  {"public access block", subjectBucket, compareAccessBlock},
	document.KindAccountAccessBlock: {"account's public access block", subjectBucket, compareAccessBlock},
	document.KindEncryption:         {"default encryption", subjectBucket, compareEncryption},
	document.KindVersioning:         {"versioning", subjectBucket, compareVersioning},
	document.KindObjectLock:         {"Object Lock", subjectBucket, compareObjectLock},
	document.KindLifecycle:          {"lifecycle", subjectBucket, compareLifecycle},
	document.KindOwnership:          {"object ownership", subjectBucket, compareOwnership},
	document.KindACL:                {"access control list", subjectBucket, compareACL},
	document.KindAccessLog:          {"access logging", subjectBucket, compareAccessLog},
	document.KindRole:               {"role", subjectWriter, compareRole},
	document.KindUser:               {"user", subjectWriter, compareUser},
	document.KindTrustPolicy:        {"trust policy", subjectWriter, nil},
	document.KindIdentityPolicies:   {"list of policies", subjectWriter, nil},
	document.KindIdentityPolicy:     {"policy", subjectWriter, nil},
	document.KindBoundary:           {"permissions boundary", subjectWriter, nil},
	document.KindKey:                {"key", subjectKey, compareKey},
	document.KindKeyPolicy:          {"key policy", subjectKey, nil},
}

func isCompared(kind document.Kind) bool {
	_, ok := aspects[kind]
	return ok
}

// isIdentity says that a kind is compared together with its siblings: a
// statement that moves from one policy of a role to another changes nothing.
func isIdentity(kind document.Kind) bool {
	return kind == document.KindIdentityPolicies || kind == document.KindIdentityPolicy || kind == document.KindBoundary
}

// stable is a document without what differs from run to run, such as when a
// role was last used, and its digest.
func stable(e *scanner.Evidence) (text, digest string) {
	var content any
	switch e.Kind {
	case document.KindRole:
		content = &roleDocument{}
	case document.KindUser:
		content = &userDocument{}
	case document.KindKey:
		content = &keyDocument{}
	default:
		return e.Text, e.Digest
	}
	if json.Unmarshal([]byte(e.Text), content) != nil {
		return e.Text, e.Digest
	}
	b, err := json.Marshal(content)
	if err != nil {
		return e.Text, e.Digest
	}
	return string(b), scanner.Digest(string(b))
}
