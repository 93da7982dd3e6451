package scanner_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Whatever tells of a gap takes these words.
func TestGapInWords(t *testing.T) {
	const again = "run the scan again; when it repeats, check the network path and lower --concurrency"
	for name, test := range map[string]struct {
		gap                   scanner.Gap
		cause, clause, remedy string
	}{
		"denied": {
			scanner.Gap{Reason: scanner.ReasonDenied, Call: "s3:HeadBucket", Permission: "s3:ListBucket", Detail: "no policy allows it"},
			"the reader lacks s3:ListBucket", "could not be read: the reader lacks s3:ListBucket", "grant s3:ListBucket",
		},
		"denied, and no permission would help": {
			scanner.Gap{Reason: scanner.ReasonDenied, Call: "sts:AssumeRole", Detail: "the credentials are refused; renew them"},
			"the credentials are refused", "could not be read: the credentials are refused", "renew them",
		},
		"throttled, though the permission is known": {
			scanner.Gap{Reason: scanner.ReasonThrottled, Permission: "s3:ListBucket"},
			"throttled", "could not be read: throttled", again,
		},
		"no answer": {scanner.Gap{Reason: scanner.ReasonTimeout}, "no answer in time", "could not be read: no answer in time", again},
		"stopped": {
			scanner.Gap{Reason: scanner.ReasonInterrupted},
			"the run was interrupted", "was not read: the run was interrupted", again,
		},
		"an answer that makes no sense": {
			scanner.Gap{Kind: document.KindBucketPolicy, Reason: scanner.ReasonMalformed, Detail: "it is HTML"},
			"answer not understood", "could not be understood: it is HTML", "check the bucket policy",
		},
		"nobody said what to ask for": {
			scanner.Gap{Reason: scanner.ReasonSubjectMissing, Detail: "nobody names the role; set roleArn"},
			"nobody names the role", "is not known: nobody names the role", "set roleArn",
		},
		"nothing is said": {
			scanner.Gap{Kind: document.KindRole, Reason: scanner.ReasonUndetermined},
			"undetermined", "is not known", "check the role by hand",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &test.gap
			if g.Cause() != test.cause || g.Clause() != test.clause || g.Remedy() != test.remedy {
				t.Errorf("cause %q, clause %q, remedy %q", g.Cause(), g.Clause(), g.Remedy())
			}
		})
	}
}
