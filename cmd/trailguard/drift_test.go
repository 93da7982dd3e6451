package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// passTime copies a snapshot as it would be some days later, with every role
// used and something delivered in between. It writes roles as versions did that
// collected when a role was last used.
func passTime(t *testing.T, from, to string, days int) {
	t.Helper()
	later := time.Duration(days) * 24 * time.Hour
	rewrite(t, from, to, func(record *scanner.Record) {
		for i := range record.Evidence {
			e := &record.Evidence[i]
			switch {
			case e.Absent:
			case e.Kind == document.KindRole:
				used := fmt.Sprintf(`,"RoleLastUsed":{"LastUsedDate":%q,"Region":"eu-west-1"}}}`, e.CollectedAt.Add(later).Format(time.RFC3339))
				*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, strings.TrimSuffix(e.Text, "}}")+used, e.CollectedAt)
			case e.Kind == document.KindDelivery:
				text := strings.Replace(e.Text, `"Objects":`, fmt.Sprintf(`"Objects":%d`, days), 1)
				*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, text, e.CollectedAt)
			}
		}
	})
}

// Snapshots of versions that collected when a role was last used.
func TestWhatWasMerelyUsedIsNoChange(t *testing.T) {
	p := newProgram(t)
	today := p.path("today.jsonl")
	server := startSandbox(t, sandbox.Options{Data: edited(t, []edit{readable}), Now: sandboxNow})
	collectSnapshot(t, server.Config(), sandboxNow, today)
	passTime(t, today, p.path("monday.jsonl"), 1)
	passTime(t, today, p.path("tuesday.jsonl"), 2)
	for _, from := range []string{"monday.jsonl", "today.jsonl"} { // the latter without any last use
		diff := p.run(t, "diff", from, "tuesday.jsonl")
		diff.want(t, scanner.ExitClean)
		if diff.stdout != "nothing changed\n" {
			t.Errorf("since %s:\n%s", from, diff.stdout)
		}
		scan := p.run(t, "scan", "--snapshot", "tuesday.jsonl", "--baseline", from, "--fail-on-new", "--format", "json")
		scan.want(t, scanner.ExitClean)
		if strings.Contains(scan.stdout, `"state": "new"`) || !strings.Contains(scan.stdout, `"drift": []`) {
			t.Errorf("something is new since %s", from)
		}
	}
}
