package facts_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
)

// TestGarbageIsNoAnswer puts texts in the place of each document that are not
// what its kind says: no fact becomes better or worse by them.
func TestGarbageIsNoAnswer(t *testing.T) {
	short.Skip(t)
	garbage := []string{
		"", "<html><body>sign in</body></html>", "null", "{}", "[]", `"text"`, "12", `{"Statement":null}`, `{"a":`, "{\"Version\":\"2012-10-17\"}",
		`{"PublicAccessBlockConfiguration":null,"Grants":null,"Policies":null,"Role":null,"KeyMetadata":null,"OwnershipControls":null,"ServerSideEncryptionConfiguration":null}`,
	}
	for name, base := range map[string]func() *world{"role": healthy, "key": withKey, "user": withUser} {
		w := base()
		subject, _ := w.subject(t)
		before := verdicts(t, subject)
		d := facts.New(w.options)
		for i, e := range w.record.Evidence {
			if e.Kind == document.KindConfiguration {
				continue // its text is only shown
			}
			for _, text := range garbage {
				if e.Kind == document.KindVersioning && strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
					continue // what S3 says of a bucket that never had versioning has no member
				}
				broken := &world{options: w.options, record: w.record}
				broken.record.Evidence = append([]scanner.Evidence(nil), w.record.Evidence...)
				broken.record.Evidence[i] = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, text, now)
				got := d.Record(&broken.record, nil)
				for fact, after := range verdicts(t, got) {
					if after != before[fact] && after != unknown {
						t.Errorf("%s: with %q as its %s, %s was %s and is %s", name, text, e.Kind, fact, before[fact], after)
					}
				}
			}
		}
	}
}
