package waiver_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/entries"
	"github.com/trailguard/trailguard/scanner/waiver"
)

func known() waiver.Known {
	return waiver.Known{Rules: []string{"external_id_required", "tls_required"}}
}

const terms = "\n    justification: j\n    approvedBy: Ada\n    expires: 2027-01-31\n"

func TestEveryMistakeIsNamedWithItsLine(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"missing fields", "waivers:\n  - rules: [tls_required]\n", []string{
			"w.yaml:2: justification is missing", "w.yaml:2: approvedBy is missing", "w.yaml:2: expires is missing",
			"w.yaml:2: exports or resources is missing: name what the waiver is about",
		}},
		{"fields without a value", "waivers:\n  - exports: [\"*\"]\n    rules:\n    justification:\n    approvedBy: ' '\n    expires: ~\n", []string{
			"w.yaml:2: justification is missing", "w.yaml:2: expires is missing",
			"w.yaml:2: rules is missing: name the rules that are waived", "w.yaml:5: approvedBy is blank",
		}},
		{"malformed date", "waivers:\n  - rules: [tls_required]\n    exports: [77aa]\n    justification: j\n    approvedBy: a\n    expires: 31.01.2027\n", []string{
			`w.yaml:6: expires is "31.01.2027": write a date as YYYY-MM-DD, such as 2027-01-31`,
		}},
		{"a day that does not exist", "waivers:\n  - rules: [tls_required]\n    exports: [77aa]\n    justification: j\n    approvedBy: a\n    expires: 2027-02-30\n", []string{
			`w.yaml:6: expires is "2027-02-30": write a date as YYYY-MM-DD, such as 2027-01-31`,
		}},
		{"unknown rule", "waivers:\n  - rules:\n      - external_id_require\n      - quite_another\n      - '*'\n    exports: ['*']" + terms, []string{
			`w.yaml:3: there is no rule "external_id_require": did you mean external_id_required?`,
			`w.yaml:4: there is no rule "quite_another": trailguard rules list names them all`,
			`w.yaml:5: there is no rule "*": trailguard rules list names them all`,
		}},
		{"duplicate entry", "waivers:\n  - rules: [tls_required, external_id_required]\n    exports: ['*']" + terms + "  - rules: [external_id_required, tls_required]\n    exports: ['*']" + terms, []string{
			"w.yaml:7: covers the same as the entry in line 2: keep one of them",
		}},
		{"duplicate in a list", "waivers:\n  - rules: [tls_required, tls_required]\n    resources: [x]" + terms, []string{`w.yaml:2: rules names "tls_required" twice`}},
		{"duplicate key", "waivers:\n  - rules: [tls_required]\n    resources: [x]\n    resources: [y]" + terms, []string{"w.yaml:4: resources is given twice"}},
		{"unknown key", "waivers:\n  - rules: [tls_required]\n    resources: [x]\n    expire: 2027-01-31\n    because: x" + terms, []string{
			`w.yaml:4: a waiver has no field "expire": did you mean expires?`,
			`w.yaml:5: a waiver has no field "because": it has rules, exports, resources, justification, approvedBy, expires, ticket`,
		}},
		{"unknown key at the top", "waiver: []\n", []string{`w.yaml:1: the file has no field "waiver": did you mean waivers?`}},
		{"not a mapping", "- x\n", []string{"w.yaml:1: the file should be a mapping of waivers, acceptedGaps"}},
		{"not a list", "waivers: x\n", []string{"w.yaml:1: waivers should be a list"}},
		{"an entry that is no mapping", "waivers:\n  - x\n", []string{"w.yaml:2: a waiver should be a mapping of rules, exports, resources, justification, approvedBy, expires, ticket"}},
		{"nothing in a list", "waivers:\n  - rules: []\n    resources: [x]" + terms, []string{"w.yaml:2: rules is empty: name at least one"}},
		{"two documents", "waivers: []\n---\nwaivers: []\n", []string{"w.yaml:3: a second YAML document: put everything into one"}},
		{"gap without permission", "acceptedGaps:\n  - resource: x" + terms, []string{"w.yaml:2: permission is missing: name the permission that the reader lacks, or the call that is refused"}},
		{"gap without resource", "acceptedGaps:\n  - permission: s3:GetBucketPolicy" + terms, []string{"w.yaml:2: resource is missing: name what could not be read"}},
		{"gap with a glob of permissions", "acceptedGaps:\n  - permission: s3:*\n    resource: x" + terms, []string{`w.yaml:2: permission is "s3:*": write one operation, such as s3:GetBucketPolicy`}},
		{"key with a permission", "acceptedGaps:\n  - key: aws:SourceIp\n    rule: tls_required\n    export: x\n    permission: s3:A" + terms, []string{"w.yaml:5: permission and key are both given: keep one of them"}},
		{"key without a rule", "acceptedGaps:\n  - key: aws:SourceIp\n    export: x" + terms, []string{"w.yaml:2: rule is missing: name the rule whose answer depends on the key"}},
		{"key of an unknown rule", "acceptedGaps:\n  - key: aws:SourceIp\n    rule: tls_require\n    export: x" + terms, []string{`w.yaml:3: there is no rule "tls_require": did you mean tls_required?`}},
		{"key about nothing", "acceptedGaps:\n  - key: aws:SourceIp\n    rule: tls_required" + terms, []string{"w.yaml:2: export or resource is missing: name what the entry is about"}},
		{"key with a glob", "acceptedGaps:\n  - key: aws:*\n    rule: tls_required\n    export: x" + terms, []string{`w.yaml:2: key is "aws:*": write one condition key, such as aws:PrincipalOrgID`}},
		{"permission with a rule", "acceptedGaps:\n  - permission: s3:A\n    resource: x\n    rule: tls_required" + terms, []string{"w.yaml:4: rule goes with a key: a permission or call is accepted for whatever rests on it"}},
		{"gap with both", "acceptedGaps:\n  - permission: s3:A\n    call: s3:B\n    resource: x" + terms, []string{"w.yaml:3: permission and call are both given: keep one of them"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := waiver.Parse("w.yaml", []byte(tt.text), known())
			if _, ok := errors.AsType[entries.Errors](err); !ok {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenYAMLIsRefusedWithItsLine(t *testing.T) {
	for text, line := range map[string]string{
		"waivers:\n  - rules: [a\n":  "w.yaml:2: not valid YAML",
		"waivers:\n  - a: 'x\n":      "w.yaml:2: not valid YAML",
		"waivers: []\n\tgaps: []\n":  "w.yaml:2: not valid YAML",
		"waivers:\n  x\n y: {\n":     "w.yaml:",
		"\x00":                       "w.yaml:1: ",
		"waivers:\n- {rules: }}}}\n": "w.yaml:2: not valid YAML",
	} {
		if _, err := waiver.Parse("w.yaml", []byte(text), known()); err == nil || !strings.HasPrefix(err.Error(), line) {
			t.Errorf("%q: error is %v, want %s", text, err, line)
		}
	}
}

func TestWhatIsAccepted(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":       "",
		"only comments": "# none yet\n",
		"empty lists":   "waivers: []\nacceptedGaps:\n",
		"expired":       "waivers:\n  - rules: [tls_required]\n    resources: [x]\n    justification: j\n    approvedBy: a\n    expires: 1999-12-31\n",
		"bare numbers":  "waivers:\n  - rules: [tls_required]\n    exports: ['*']\n    ticket: 4711" + terms,
		"block text":    "waivers:\n  - rules: [tls_required]\n    exports: ['*']\n    approvedBy: Ada\n    expires: \"2027-01-31\"\n    justification: |\n      two\n      lines\n",
		"shared":        "x-terms: &terms" + terms + "waivers:\n  - {<<: *terms, rules: &r [tls_required], exports: ['*']}\n  - {<<: *terms, rules: *r, exports: [77aa], approvedBy: Bea}\n",
		"Windows lines": strings.ReplaceAll("\ufeffwaivers:\n  - rules: [tls_required]\n    exports: ['*']"+terms, "\n", "\r\n"),
	} {
		if _, err := waiver.Parse("w.yaml", []byte(text), known()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An export that is gone stops nothing, and is told.
func TestStrangers(t *testing.T) {
	file, err := waiver.Parse("w.yaml", []byte("waivers:\n  - rules: tls_required\n    exports: [259fc41c, 259fc41d, 2*]"+terms), known())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`w.yaml:2: there is no export configuration "259fc41d": it may have been re-created with a new id`}
	if diff := cmp.Diff(want, file.Strangers([]string{"259fc41c", "77aa"})); diff != "" {
		t.Error(diff)
	}
	report := file.Apply(day(t, "2026-08-01T00:00:00Z"), nil, nil)
	if len(report.Unused) != 1 {
		t.Errorf("unused %v", report.Unused)
	}
}

// FuzzParse: whatever the text, there is a file or errors that name a line.
func FuzzParse(f *testing.F) {
	f.Add("waivers:\n  - rules: [tls_required]\n    exports: ['*']" + terms)
	f.Add("acceptedGaps:\n  - permission: s3:GetBucketPolicy\n    resource: \"arn:aws:s3:::x\"" + terms)
	f.Add("{waivers: [&a {<<: *a}]}")
	f.Add("? [a]\n: !!x |\n  b\n---\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := waiver.Parse("w.yaml", []byte(text), known())
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v and error %v", file, err)
		}
		if err == nil {
			return
		}
		problems, ok := errors.AsType[entries.Errors](err)
		if !ok {
			t.Fatalf("error is a %T", err)
		}
		for _, problem := range problems {
			if problem.Line < 1 || problem.Problem == "" {
				t.Errorf("problem %+v", problem)
			}
		}
	})
}
