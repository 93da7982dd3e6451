package yamlfile_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/yamlfile"
)

func TestValuesAreJSON(t *testing.T) {
	for text, want := range map[string]string{
		"a: {b: 1, c: [x, ~, \"\", true, 1.5]}\n": `{"b":1,"c":["x",null,"",true,1.5]}`,
		"a: \"1\"\n":                    `"1"`,
		"a: 9007199254740993\n":         `9007199254740993`, // beyond what a float holds exactly
		"a: 0x10\n":                     `16`,
		"a: 2026-01-01\n":               `"2026-01-01"`,
		"a: \"true\"\n":                 `"true"`,
		"a: {}\n":                       `{}`,
		"x-a: &a {b: 1}\na: {<<: *a}\n": `{"b":1}`,
		"a:\n":                          ``,
	} {
		var into struct {
			A yamlfile.Value `yaml:"a"`
		}
		n, problems := yamlfile.Parse([]byte(text))
		if problems = append(problems, yamlfile.Bind(n, &into)...); len(problems) > 0 {
			t.Errorf("%q: %v", text, problems)
		} else if string(into.A) != want {
			t.Errorf("%q: %s, want %s", text, into.A, want)
		}
	}
}

func TestValuesThatJSONDoesNotHave(t *testing.T) {
	for _, text := range []string{"a: {b: .inf}\n", "a: .nan\n"} {
		var into struct {
			A yamlfile.Value `yaml:"a"`
		}
		n, _ := yamlfile.Parse([]byte(text))
		if problems := yamlfile.Bind(n, &into); len(problems) != 1 || problems[0].Line != 1 {
			t.Errorf("%q: %v", text, problems)
		}
	}
}
