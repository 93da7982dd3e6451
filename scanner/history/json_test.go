package history_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// asJSON returns a value as a program reads it from a command's output.
func asJSON(t *testing.T, value any, err error) map[string]any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func testJSON(t *testing.T, s *history.Store) {
	w := newWorld(3)
	w.failing[0] = true
	first := recordRun(t, s, w)
	w.day, w.policy[2], w.failing[0], w.failing[1] = 1, 1, false, true
	second := recordRun(t, s, w)
	w.day, w.failing[1] = 2, false
	third, err := begin(t.Context(), s, w, w.records())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := third.Finish(t.Context(), w.judged()); err != nil {
		t.Fatal(err)
	}

	detail, err := s.Show(t.Context(), third.ID)
	quiet := asJSON(t, detail, err)
	want := map[string]any{
		"id": float64(third.ID), "collectedAt": "2026-03-03T06:00:00Z", "asOf": "2026-03-03T06:00:00Z", "toolVersion": "1.2.3",
		"rulesDigest": rulesDigest, "snapshotDigest": "", "exitStatus": 0.0, "complete": false, "interrupted": false, "selected": false, "pruned": false,
		"tenants": []any{"acme"}, "findings": []any{}, "drift": []any{}, "summary": quiet["summary"],
	}
	if diff := cmp.Diff(want, quiet); diff != "" {
		t.Errorf("a run that found nothing (-want +got):\n%s", diff)
	}
	detail, err = s.Show(t.Context(), second)
	loud := asJSON(t, detail, err)
	if f := loud["findings"].([]any); len(f) != 1 || f[0].(map[string]any)["exportId"] != w.id(1) {
		t.Errorf("findings of the second run: %v", f)
	}
	if d := loud["drift"].([]any); len(d) != 1 || d[0].(map[string]any)["message"] != "on day 1" {
		t.Errorf("drift of the second run: %v", d)
	}

	none, err := s.Changes(t.Context(), first, first)
	if diff := cmp.Diff(map[string]any{"exports": []any{}, "begun": []any{}, "ended": []any{}}, asJSON(t, none, err)); diff != "" {
		t.Errorf("nothing changed (-want +got):\n%s", diff)
	}
	changes, err := s.Changes(t.Context(), first, second)
	got := asJSON(t, changes, err)
	export := got["exports"].([]any)[0].(map[string]any)
	episode := func(i int) map[string]any {
		return map[string]any{
			"tenant": "acme", "exportId": w.id(i), "ruleId": ruleID(3), "severity": "high", "status": "fail", "resource": "arn:aws:s3:::audit-acme-" + string(rune('0'+i)),
			"fingerprint": scanner.Fingerprint(ruleID(3), "acme", w.id(i), "arn:aws:s3:::audit-acme-"+string(rune('0'+i)), ""),
		}
	}
	begun, ended := episode(1), episode(0)
	begun["firstRun"], begun["firstSeen"] = float64(second), "2026-03-02T06:00:00Z"
	ended["firstRun"], ended["firstSeen"] = float64(first), "2026-03-01T06:00:00Z"
	ended["lastRun"], ended["resolvedRun"], ended["resolvedAt"], ended["ending"] = float64(first), float64(second), "2026-03-02T06:00:00Z", "resolved"
	want = map[string]any{
		"exports": []any{map[string]any{"tenant": "acme", "exportId": w.id(2), "effect": "changed", "before": changes.Exports[0].Before, "after": changes.Exports[0].After}},
		"begun":   []any{begun}, "ended": []any{ended},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what changed (-want +got):\n%s", diff)
	}
	if before := export["before"].(string); len(before) != 64 || before == export["after"] {
		t.Errorf("digests of what changed: %v", export)
	}
}
