package facts_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
)

// Nobody knows what Immuta calls its session, so that no text may name one.
func TestNoSessionIsInvented(t *testing.T) {
	short.Skip(t)
	for name, w := range corpus() {
		subject, _ := w.subject(t)
		said := string(written(t, subject))
		for fact, status := range subject.Facts {
			said += status.Because
			for _, r := range status.Reasons {
				said += fact + r.Note + r.At
			}
		}
		if strings.Contains(said, "qz7trail0session") {
			t.Errorf("%s shows a session that nobody named:\n%s", name, said)
		}
	}
}
