package opa_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/opa"
)

func scaffold(t *testing.T, id string) map[string]string {
	t.Helper()
	files, err := opa.Scaffold(id)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]string{}
	for _, f := range files {
		byPath[f.Path] = f.Text
	}
	return byPath
}

func TestScaffoldLoadsAndPassesItsTests(t *testing.T) {
	dir := folder(t, scaffold(t, "acme.short_interval"))
	load(t, shipped(dir))
	cases, err := opa.Test(t.Context(), shipped(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 {
		t.Errorf("there are %d cases, want 2", len(cases))
	}
	for _, c := range cases {
		if !c.Passed {
			t.Errorf("%+v", c)
		}
	}
}

func TestScaffoldRefusesIDs(t *testing.T) {
	for _, id := range []string{"", "r", "acme.", ".r", "Acme.r", "acme.r.s", "acme.r-s", "trailguard.r", "acme.lib"} {
		if _, err := opa.Scaffold(id); err == nil {
			t.Errorf("a rule %q was made", id)
		}
	}
}

func TestRegoTestsThatDoNotHold(t *testing.T) {
	files := scaffold(t, "acme.r")
	const name = "r/r_test.rego"
	tests := map[string]struct {
		old, new string
		failing  string // the case that must not pass; empty: none
		want     string
	}{
		"wrong expectation": {"export(12)", "export(13)", "acme.r_test.test_pass", "does not hold"},
		"misspelt fact":     {`"interval": {`, `"intervall": {`, "acme.r_test.test_pass", "cannot be"},
		"misspelt field":    {`"max_hours"`, `"max_hour"`, "acme.r_test.test_pass", "max_hour"},
		"wrong type":        {`"recognised": true`, `"recognised": "yes"`, "acme.r_test.test_pass", "recognised"},
		"skipped":           {"test_pass if", "todo_test_pass if", "acme.r_test.todo_test_pass", "skipped"},
		"built-in error":    {"test_pass if {", "test_pass if {\n\tto_number(\"x\") == 1", "acme.r_test.test_pass", "to_number"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			broken := map[string]string{"r/r.rego": files["r/r.rego"], name: strings.Replace(files[name], tt.old, tt.new, 1)}
			cases, err := opa.Test(t.Context(), shipped(), folder(t, broken))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				if c.Name == tt.failing {
					if c.Passed || !strings.Contains(c.Message, tt.want) || c.Line == 0 || !strings.HasSuffix(c.File, name) {
						t.Errorf("case is %+v, want %q in its message", c, tt.want)
					}
					return
				}
			}
			t.Errorf("there is no case %s in %+v", tt.failing, cases)
		})
	}
}

// TestRegoTestsSeeWhatRulesYield: what no type tells shows when tests run, with the
// place in the rule.
func TestRegoTestsSeeWhatRulesYield(t *testing.T) {
	files := scaffold(t, "acme.r")
	rule := files["r/r.rego"]
	head := rule[:strings.Index(rule, "deny contains")]
	tests := map[string]struct{ deny, want string }{
		"a text":              {"deny contains json.unmarshal(`\"too long\"`) if input.facts.interval.value.hours > 12", `r.rego:12 yields "too long": an entry of deny is not an object`},
		"msg":                 {"deny contains json.unmarshal(`{\"msg\": \"too long\"}`) if input.facts.interval.value.hours > 12", `r.rego:12 yields {"msg": "too long"}: an entry of deny has "msg"`},
		"settings not given":  {"deny contains {\"message\": \"m\"} if input.facts.interval.value.hours > object.get(input.settings, \"max\", 12)", "no input.settings"},
		"a message that long": {"deny contains {\"message\": sprintf(\"%5000d\", [input.facts.interval.value.hours])} if input.facts.interval.value.hours > 12", "4096 are the most"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			cases, err := opa.Test(t.Context(), shipped(), folder(t, map[string]string{"r.rego": head + tt.deny + "\n", "r_test.rego": files["r/r_test.rego"]}))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				if c.Name == "acme.r_test.test_fail_too_seldom" && (c.Passed || !strings.Contains(c.Message, tt.want)) {
					t.Errorf("case is %+v, want %q in its message", c, tt.want)
				}
			}
		})
	}
}

func TestRegoTestsThatCanNotRun(t *testing.T) {
	files := scaffold(t, "acme.r")
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"no test":        {map[string]string{"r.rego": files["r/r.rego"]}, "there is no test"},
		"a broken rule":  {map[string]string{"r.rego": "package acme.r\n"}, "no deny"},
		"a broken test":  {map[string]string{"r.rego": files["r/r.rego"], "r_test.rego": "package x\n\ntest_a if nothing\n"}, "r_test.rego:3: "},
		"unparsed tests": {map[string]string{"r.rego": files["r/r.rego"], "r_test.rego": "package x\n\ntest_a if {\n"}, "r_test.rego:"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			_, err := opa.Test(t.Context(), shipped(), folder(t, tt.files))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}
