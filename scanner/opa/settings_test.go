package opa_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

const limited = `
deny contains {"message": "too long"} if {
	input.facts.interval.value.hours > object.get(input.settings, "max_hours", 24)
}

deny contains {"message": "too short"} if input.facts.interval.value.hours < input.settings.min_hours
`

func configured(t *testing.T, engine *opa.Engine, settings map[string]json.RawMessage) *opa.Engine {
	t.Helper()
	engine, err := engine.Configure(settings)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// TestSettings: each rule sees its own, and an empty object where there are none.
func TestSettings(t *testing.T) {
	engine := load(t, only(folder(t, map[string]string{
		"one.rego": own("one", limited), "two.rego": own("two", limited), "not.rego": own("not", denyInterval),
	})))
	s := subject(t, map[string]any{"interval": interval(24)})
	for name, tt := range map[string]struct {
		settings map[string]json.RawMessage
		one, two scanner.Status
	}{
		"none":         {nil, scanner.StatusPass, scanner.StatusPass},
		"of one":       {map[string]json.RawMessage{"acme.one": json.RawMessage(`{"max_hours": 12}`)}, scanner.StatusFail, scanner.StatusPass},
		"of both":      {map[string]json.RawMessage{"acme.one": json.RawMessage(`{"max_hours": 36}`), "acme.two": json.RawMessage(`{"min_hours": 36}`)}, scanner.StatusPass, scanner.StatusFail},
		"of no rule":   {map[string]json.RawMessage{"acme.gone": json.RawMessage(`{"max_hours": 12}`)}, scanner.StatusPass, scanner.StatusPass},
		"empty object": {map[string]json.RawMessage{"acme.one": json.RawMessage(`{}`)}, scanner.StatusPass, scanner.StatusPass},
	} {
		t.Run(name, func(t *testing.T) {
			results := evaluate(t, configured(t, engine, tt.settings), s)
			if one, two := results["acme.one"].Status, results["acme.two"].Status; one != tt.one || two != tt.two || results["acme.not"].Status != scanner.StatusFail {
				t.Errorf("acme.one is %s, acme.two %s, acme.not %s; want %s, %s and fail", one, two, results["acme.not"].Status, tt.one, tt.two)
			}
		})
	}
}

// TestSettingsAreOfTheDigest: what was judged by other settings was judged by
// other rules.
func TestSettingsAreOfTheDigest(t *testing.T) {
	engine := load(t, only(folder(t, map[string]string{"one.rego": own("one", limited)})))
	with := func(text string) string {
		return configured(t, engine, map[string]json.RawMessage{"acme.one": json.RawMessage(text)}).Digest()
	}
	digests := []string{engine.Digest(), with(`{"max_hours":12}`), with(`{"max_hours":13}`), with(`{"min_hours":12}`)}
	slices.Sort(digests)
	if len(slices.Compact(digests)) != 4 {
		t.Errorf("different settings have one digest: %q", digests)
	}
	if with(`{"max_hours":12,"min_hours":2}`) != with(`{ "min_hours": 2, "max_hours": 12 }`) {
		t.Error("the same settings, written differently, have two digests")
	}
	again := configured(t, configured(t, engine, map[string]json.RawMessage{"acme.one": json.RawMessage(`{"max_hours":12}`)}), nil)
	if again.Digest() != engine.Digest() {
		t.Error("settings outlast being taken away")
	}
}

func TestSettingsThatDoNothingAreRefused(t *testing.T) {
	engine := load(t, only(folder(t, map[string]string{
		"one.rego": own("one", limited), "not.rego": own("not", denyInterval),
		"open.rego": own("open", "\ndeny contains {\"message\": name} if {\n\tinput.facts.interval.value.hours > 1\n\tsome name, _ in input.settings\n}\n"),
	})))
	for name, tt := range map[string]struct{ id, settings, want string }{
		"a misspelt name":           {"acme.one", `{"max_hour": 12}`, `it reads no "max_hour" (did you mean "max_hours"?): it reads max_hours, min_hours`},
		"a text for a number":       {"acme.one", `{"max_hours": "12"}`, `max_hours is of type string, and 24 in the rule`},
		"a rule that reads none":    {"acme.not", `{"max_hours": 12}`, `it reads no settings`},
		"a rule that comes with us": {"configuration_enabled", `{"max_hours": 12}`, `it reads no settings`},
		"no object":                 {"acme.one", `[12]`, `not a JSON object`},
		"any of one that reads all": {"acme.open", `{"anything": 12}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Configure(map[string]json.RawMessage{tt.id: json.RawMessage(tt.settings)})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.id)) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
	err := engine.CheckSettings(map[string]json.RawMessage{"acme.on": nil})
	if err == nil || !strings.Contains(err.Error(), `"acme.on": there is no such rule (did you mean "acme.one"?)`) {
		t.Errorf("error is %v", err)
	}
}
