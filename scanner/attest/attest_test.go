package attest_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/attest"
	"github.com/trailguard/trailguard/scanner/entries"
)

// review is the evidence.
const review = "reviewed\n"

func folder() fstest.MapFS {
	return fstest.MapFS{"proof/review.txt": {Data: []byte(review)}, "proof/other.txt": {Data: []byte("other")}}
}

func known() attest.Known {
	return attest.Known{
		Rules: []string{"tls_required", "external_id_required"},
		Controls: []scanner.Control{
			{Framework: "SOC 2", IDs: []string{"CC6.1", "CC7.2"}}, {Framework: "NIST 800-53r5", IDs: []string{"AU-9"}},
		},
	}
}

// entry returns a good attestation with some of its fields replaced; a field
// replaced by nothing is left out.
func entry(changes ...string) string {
	fields := [][2]string{
		{"framework", "SOC 2"},
		{"control", "CC7.2"},
		{"rule", ""},
		{"export", "all"},
		{"result", "passed-by-hand"},
		{"by", "Ada Lovelace"},
		{"at", "2026-03-01"},
		{"expires", "2026-09-01"},
		{"evidence", "proof/review.txt"},
		{"sha256", scanner.Digest(review)},
		{"note", "walked through the alerts of Q1"},
	}
	for i := 0; i < len(changes); i += 2 {
		known := false
		for k := range fields {
			if fields[k][0] == changes[i] {
				fields[k][1], known = changes[i+1], true
			}
		}
		if !known {
			fields = append(fields, [2]string{changes[i], changes[i+1]})
		}
	}
	var b strings.Builder
	sign := "  - "
	for _, f := range fields {
		if f[1] != "" {
			b.WriteString(sign + f[0] + ": " + f[1] + "\n")
			sign = "    "
		}
	}
	return b.String()
}

func parse(text string) ([]scanner.Attestation, error) {
	return attest.Parse("a.yaml", []byte("attestations:\n"+text), folder(), known())
}

func TestAnAttestationIsReadWhole(t *testing.T) {
	list, err := parse(entry() + entry("framework", "", "control", "", "rule", "tls_required", "export", "259fc41c-1", "result", "failed-by-hand", "evidence", "./proof/review.txt"))
	if err != nil {
		t.Fatal(err)
	}
	first := scanner.Attestation{
		Framework: "SOC 2", Control: "CC7.2", Result: scanner.PassedByHand, By: "Ada Lovelace", At: "2026-03-01", Expires: "2026-09-01",
		Evidence: "proof/review.txt", EvidenceDigest: scanner.Digest(review), Note: "walked through the alerts of Q1", Source: "a.yaml:2",
	}
	second := first
	second.Framework, second.Control, second.RuleID, second.ExportID = "", "", "tls_required", "259fc41c-1"
	second.Result, second.Source = scanner.FailedByHand, "a.yaml:12"
	if diff := cmp.Diff([]scanner.Attestation{first, second}, list); diff != "" {
		t.Error(diff)
	}
	if lines := attest.Strangers(list, []string{"another"}); len(lines) != 1 || !strings.Contains(lines[0], `a.yaml:12: there is no export configuration "259fc41c-1"`) {
		t.Errorf("strangers are %q", lines)
	}
}

func TestWhatIsWrongIsNamedWithItsLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a misspelt field", entry("expire", "2026-09-01"), `a.yaml:12: an attestation has no field "expire": did you mean expires?`},
		{"no evidence", entry("evidence", ""), "a.yaml:2: evidence is missing"},
		{"no digest", entry("sha256", ""), "a.yaml:2: sha256 is missing"},
		{"no note", entry("note", ""), "a.yaml:2: note is missing"},
		{"a blank name", entry("by", `" "`), "a.yaml:6: by is blank"},
		{"no export", entry("export", ""), "a.yaml:2: export is missing"},
		{"a glob", entry("export", `"259f*"`), `a.yaml:4: export is "259f*": write the id of one export configuration, or all`},
		{"another result", entry("result", "passed"), `a.yaml:5: result is "passed": write passed-by-hand or failed-by-hand`},
		{"a date of another form", entry("at", "1.3.2026"), `a.yaml:7: at is "1.3.2026": write a date as YYYY-MM-DD, such as 2027-01-31`},
		{"an end before its beginning", entry("expires", "2026-02-01"), "a.yaml:8: expires is 2026-02-01, before the day on which it was looked at, 2026-03-01"},
		{"neither rule nor control", entry("framework", "", "control", ""), "a.yaml:2: rule is missing: name a rule, or a framework and a control of it"},
		{"rule and control", entry("rule", "tls_required"), "a.yaml:2: rule and control are both given: keep one of them"},
		{"a control of no framework", entry("framework", ""), "a.yaml:2: framework is missing: name that of the control, such as SOC 2"},
		{"an unknown rule", entry("framework", "", "control", "", "rule", "tls_requird"), `a.yaml:2: there is no rule "tls_requird": did you mean tls_required?`},
		{"an unknown framework", entry("framework", "SOC2"), `a.yaml:2: no rule bears on a framework "SOC2": did you mean SOC 2?`},
		{"an unknown control", entry("control", "CC99"), `a.yaml:3: no rule bears on a control of SOC 2 "CC99":`},
		{"the control of another framework", entry("control", "AU-9"), `a.yaml:3: no rule bears on a control of SOC 2 "AU-9":`},
		{"a digest of another form", entry("sha256", "1234"), "a.yaml:10: sha256 is not a SHA-256: sha256sum FILE prints 64 characters of 0-9 and a-f"},
		{"another file", entry("evidence", "proof/other.txt"), "a.yaml:9: evidence proof/other.txt has the SHA-256 " + scanner.Digest("other") + ", and " + scanner.Digest(review) + " was attested"},
		{"a file that is not there", entry("evidence", "proof/none.txt"), "a.yaml:9: evidence proof/none.txt: there is no such file"},
		{"a folder", entry("evidence", "proof"), "a.yaml:9: evidence proof: it is not a file"},
		{"a path that leaves the folder", entry("evidence", "../review.txt"), `a.yaml:9: evidence is "../review.txt": write a path below the folder of this file`},
		{"an absolute path", entry("evidence", "/etc/passwd"), `a.yaml:9: evidence is "/etc/passwd": write a path below`},
		{"the same twice", entry() + entry(), "a.yaml:12: covers the same as the entry in line 2: keep one of them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := parse(tt.text)
			problems, ok := errors.AsType[entries.Errors](err)
			if !ok || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), tt.want) || list != nil {
				t.Errorf("it is %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("attestations:\n" + entry())
	f.Add("attestations: [{rule: x, export: [a]}]")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := attest.Parse("a.yaml", []byte(text), folder(), known())
		for i := range list {
			a := &list[i]
			if err != nil || a.EvidenceDigest != scanner.Digest(review) && a.EvidenceDigest != scanner.Digest("other") || a.By == "" || a.Expires < a.At {
				t.Errorf("%q gives %+v and %v", text, a, err)
			}
		}
	})
}
