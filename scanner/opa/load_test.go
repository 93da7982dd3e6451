package opa_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

const denyInterval = `
deny contains {"message": "too long"} if input.facts.interval.value.hours > 12
`

// TestLoadRefuses writes one file and wants an error with its line.
func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct {
		file string
		want []string // parts of the error; FILE is the file's path
	}{
		"a misspelt fact": {
			own("r", "\ndeny contains {\"message\": \"m\"} if input.facts.intervall.value.hours > 12\n"),
			[]string{"FILE:12: ", `"intervall" (did you mean "interval"?)`, "access_lost, ", "bucket_owner"},
		},
		"a misspelt field of a fact": {
			own("r", "\ndeny contains {\"message\": \"m\"} if {\n\tfact := input.facts.interval.value\n\tfact.hour > 12\n}\n"),
			[]string{"FILE:14: ", `"hour" (did you mean "hours"?)`, "literal, max_hours"},
		},
		"a misspelt field of a list's entries": {
			own("r", "\ndeny contains {\"message\": \"m\"} if {\n\tsome access in input.facts.external_id_bypass.value.accesses\n\taccess.principle == \"x\"\n}\n"),
			[]string{"FILE:14: ", `"principle" (did you mean "principal"?)`},
		},
		"facts behind a variable": {
			own("r", "\ndeny contains {\"message\": name} if some name, fact in input.facts\n"),
			[]string{"FILE:12: cannot tell which facts"},
		},
		"facts by a computed name": {
			own("r", "\ndeny contains {\"message\": \"m\"} if {\n\tname := lower(\"INTERVAL\")\n\tinput.facts[name].state == \"known\"\n}\n"),
			[]string{"FILE:14: cannot tell which facts"},
		},
		"the whole input": {
			own("r", "\ndeny contains {\"message\": \"m\"} if object.get(input, [\"facts\", \"interval\"], null) == null\n"),
			[]string{"FILE:12: cannot tell which facts"},
		},
		"deny of texts": {
			own("r", "\ndeny contains \"too long\" if input.facts.interval.value.hours > 12\n"),
			[]string{"FILE:12: deny yields values of type string", `{"message": …}`},
		},
		"deny without message": {
			own("r", "\ndeny contains {\"msg\": \"too long\"} if input.facts.interval.value.hours > 12\n"),
			[]string{"FILE:12: deny yields an object with msg", `{"message": …}`},
		},
		"a message that is a number": {
			own("r", "\ndeny contains {\"message\": input.facts.interval.value.hours} if input.facts.interval.value.hours > 12\n"),
			[]string{"FILE:12: message of what deny yields is of type number"},
		},
		"a number compared with a text": {
			own("r", "\ndeny contains {\"message\": \"m\"} if {\n\tfact := input.facts.interval.value\n\tfact.hours > \"12\"\n}\n"),
			[]string{"FILE:14: compares number with string"},
		},
		"a text that never equals a number": {
			own("r", "\ndeny contains {\"message\": \"m\"} if input.facts.interval.value.literal != 12\n"),
			[]string{"FILE:12: compares string with number"},
		},
		"a misspelt kind of document": {
			own("r", "\ndeny contains {\"message\": \"m\"} if count(input.documents.bucket_polcy) == 0\n"),
			[]string{"FILE:12: ", `"bucket_polcy" (did you mean "bucket_policy"?)`},
		},
		"documents of any kind": {
			own("r", "\ndeny contains {\"message\": kind} if {\n\tsome kind, list in input.documents\n\tcount(list) == 0\n}\n"),
			[]string{"FILE:13: cannot tell which documents", "input.documents.KIND"},
		},
		"documents of another scope": {
			own("r", "\ndeny contains {\"message\": \"m\"} if count(input.documents.tenant) == 0\n"),
			[]string{"facts of an export and of a tenant: interval, documents.tenant"},
		},
		"data that nobody has": {
			own("r", "\ndeny contains {\"message\": \"m\"} if {\n\tinput.facts.interval.value.hours > 1\n\tdata.limits.hours == 2\n}\n"),
			[]string{"FILE:14: data.limits.hours is not defined"},
		},
		"a function that reaches out": {
			own("r", "\ndeny contains {\"message\": \"m\"} if http.send({\"method\": \"get\", \"url\": \"http://x\"}).status_code == 200\n"),
			[]string{"FILE:12: undefined function http.send"},
		},
		"the clock": {
			own("r", "\ndeny contains {\"message\": \"m\"} if time.now_ns() > 0\n"),
			[]string{"FILE:12: undefined function time.now_ns"},
		},
		"a syntax error": {
			own("r", "\ndeny contains {\n"), []string{"FILE:"},
		},
		"no METADATA": {
			"package acme.r\n" + denyInterval, []string{"FILE:1: ", "no METADATA"},
		},
		"an empty file": {"", []string{"FILE: ", "empty"}},
		"no deny": {
			own("r", "\nviolation contains 1 if input.facts.interval.value.hours > 12\n"),
			[]string{"FILE:10: package acme.r has no deny"},
		},
		"deny that is no set": {
			own("r", "\ndeny if input.facts.interval.value.hours > 12\n"),
			[]string{"FILE:12: deny must be a set"},
		},
		"a missing title": {
			strings.Replace(own("r", denyInterval), "# title: a title\n", "", 1), []string{"FILE:1: METADATA has no title"},
		},
		"a missing remediation": {
			strings.Replace(own("r", denyInterval), "#   remediation: mend it\n", "", 1), []string{"FILE:1: METADATA has no custom.remediation"},
		},
		"an unknown severity": {
			strings.Replace(own("r", denyInterval), "severity: low", "severity: hihg", 1), []string{"FILE:1: ", `unknown severity "hihg"`},
		},
		"a misspelt field of METADATA": {
			strings.Replace(own("r", denyInterval), "#   remediation", "#   control: {}\n#   remediation", 1),
			[]string{"FILE:1: METADATA custom.control is not known", `did you mean "controls"?`},
		},
		"controls that are numbers": {
			strings.Replace(own("r", denyInterval), "#   remediation", "#   controls: {CIS AWS: [3.1]}\n#   remediation", 1),
			[]string{"FILE:1: ", "quote what YAML reads as a number"},
		},
		"an unknown fact in METADATA": {
			strings.Replace(own("r", denyInterval), "[interval]", "[intervals]", 1),
			[]string{"FILE:1: ", `"intervals", which is no fact (did you mean "interval"?)`},
		},
		"facts of two scopes": {
			strings.Replace(own("r", denyInterval), "[interval]", "[tenant_exports]", 1),
			[]string{"FILE:1: ", "facts of an export and of a tenant: tenant_exports, interval"},
		},
		"an export in a rule about tenants": {
			strings.Replace(own("r", "\ndeny contains {\"message\": input.export.id} if input.facts.tenant_exports.value.total == 0\n"), "[interval]", "[tenant_exports]", 1),
			[]string{"FILE:12: ", "no input.export"},
		},
		"another id than the package's": {
			strings.Replace(own("r", denyInterval), "id: acme.r", "id: acme.s", 1), []string{"FILE:1: ", "makes it acme.r"},
		},
		"a schema of its own": {
			strings.Replace(own("r", denyInterval), "# custom:", "# schemas:\n# - input: {type: object}\n# custom:", 1),
			[]string{"FILE:1: METADATA must not set schemas"},
		},
		"the reserved root package": {
			strings.ReplaceAll(own("r", denyInterval), "acme.r", "trailguard.r"), []string{"FILE:10: ", "kept for shipped rules"},
		},
		"a package that would never run": {
			strings.ReplaceAll(own("r", denyInterval), "acme.r", "acme.s3.r"), []string{"FILE:10: ", "would never run"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"r.rego": tt.file})
			_, err := opa.Load(t.Context(), shipped(dir))
			if err == nil {
				t.Fatal("the rule was loaded")
			}
			for _, want := range tt.want {
				want = strings.ReplaceAll(want, "FILE", filepath.ToSlash(filepath.Join(dir, "r.rego")))
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error:\n%v\nwant in it: %s", err, want)
				}
			}
		})
	}
}

func TestLoadRefusesFolders(t *testing.T) {
	rule := own("r", denyInterval)
	good := folder(t, map[string]string{"r.rego": rule})
	tests := map[string]struct {
		dirs []string
		want string
	}{
		"an empty folder":          {[]string{t.TempDir()}, "there is no rule in this folder"},
		"a folder of tests only":   {[]string{folder(t, map[string]string{"r_test.rego": rule})}, "there is no rule in this folder"},
		"a folder that is not":     {[]string{filepath.Join(good, "nowhere")}, "no such file"},
		"the same folder twice":    {[]string{good, good + "/."}, "given twice"},
		"the same rule twice":      {[]string{good, folder(t, map[string]string{"other.rego": rule})}, "package acme.r is also in"},
		"helpers without any rule": {[]string{folder(t, map[string]string{"lib.rego": "package trailguard.lib\n\nx := 1\n"})}, "kept for shipped"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := opa.Load(t.Context(), shipped(tt.dirs...))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestLoadFindsFactsThroughHelpers has a rule declare one fact and read
// another in a helper.
func TestLoadFindsFactsThroughHelpers(t *testing.T) {
	dir := folder(t, map[string]string{
		"r.rego":       own("r", "\nimport data.acme.lib.sizes\n\ndeny contains {\"message\": \"m\"} if sizes.large\n"),
		"lib/lib.rego": "package acme.lib.sizes\n\nimport input.facts as known\n\nlarge if bucket(\"x\")\n\nbucket(name) if known.bucket.value.name == name\n\nelse if input.facts.tls.value.required\n",
	})
	engine := load(t, only(dir))
	for _, r := range engine.Rules() {
		if r.ID != "acme.r" {
			continue
		}
		if got := strings.Join(r.Requires, " "); got != "interval bucket tls" {
			t.Errorf("acme.r requires %s", got)
		}
		if r.Scope != scanner.ScopeExport || r.Group != "acme" || r.Severity != scanner.SeverityLow {
			t.Errorf("acme.r is %+v", r)
		}
		return
	}
	t.Error("acme.r was not loaded")
}

func TestDigestFollowsSourcesNotFolders(t *testing.T) {
	rule := own("r", denyInterval)
	one := load(t, only(folder(t, map[string]string{"r.rego": rule}))).Digest()
	same := load(t, only(folder(t, map[string]string{"sub/other.rego": rule}))).Digest()
	changed := load(t, only(folder(t, map[string]string{"r.rego": rule + "\n"}))).Digest()
	if one != same {
		t.Error("the digest depends on where the rules lie")
	}
	if one == changed || one == load(t, only()).Digest() {
		t.Error("the digest does not depend on the rules")
	}
}

func TestSelect(t *testing.T) {
	engine := load(t, shipped())
	one, err := engine.Select("not_public")
	if err != nil {
		t.Fatal(err)
	}
	results := evaluate(t, one, subject(t, nil))
	if len(results) != 1 || results["not_public"].Status != scanner.StatusNotApplicable {
		t.Errorf("results are %v", results)
	}
	if len(evaluate(t, engine, subject(t, nil))) < 20 {
		t.Error("selecting changed the engine that was selected from")
	}
	if all, err := engine.Select(); err != nil || all != engine {
		t.Errorf("selecting nothing gives %v, %v", all, err)
	}
	_, err = engine.Select("not_publik")
	if err == nil || !strings.Contains(err.Error(), `did you mean "not_public"?`) {
		t.Errorf("error is %v", err)
	}
}
