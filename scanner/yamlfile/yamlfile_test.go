package yamlfile_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/plaintext"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// sketch writes a tree in one line, with the line of each name.
func sketch(n *yamlfile.Node) string {
	switch n.Kind {
	case yamlfile.Scalar:
		return n.Text
	case yamlfile.List:
		parts := make([]string, len(n.Items))
		for i, item := range n.Items {
			parts[i] = sketch(item)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case yamlfile.Mapping:
		parts := make([]string, len(n.Fields))
		for i, f := range n.Fields {
			parts[i] = f.Name + "=" + sketch(f.Value)
		}
		return "{" + strings.Join(parts, " ") + "}"
	default:
		return "null"
	}
}

func TestTheTreeIsPlain(t *testing.T) {
	for text, want := range map[string]string{
		"a: {b: 1, c: [x, ~, \"\"]}\n":                                "{a={b=1 c=[x null ]}}",
		"a: 012345678901\nb: yes\n":                                   "{a=012345678901 b=yes}",
		"a: &x {b: 1}\nc: *x\n":                                       "{a={b=1} c={b=1}}",
		"x-a: &a {b: 1, c: 2}\nd: {c: 3, <<: *a}\n":                   "{d={c=3 b=1}}",
		"x-a: &a {b: 1}\nx-b: &b {b: 2, c: 3}\nd: {<<: [*a, *b]}\n":   "{d={b=1 c=3}}",
		"x-a: &a {b: 1}\nx-b: &b {<<: *a, c: 3}\nd: {<<: *b, b: 0}\n": "{d={b=0 c=3}}",
		"a: |\n  two\n  lines\n":                                      "{a=two\nlines\n}",
		"\"<<\": 1\n":                                                 "{<<=1}",
	} {
		n, problems := yamlfile.Parse([]byte(text))
		if len(problems) > 0 {
			t.Errorf("%q: %v", text, problems)
		} else if got := sketch(n); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\na: 2\n":           "f:2: a is given twice",
		"a: 1\n---\nb: 2\n":      "f:3: a second YAML document: put everything into one",
		"a: 1\n<<: 2\n":          "f:2: << wants a mapping, such as *name",
		"a: !!binary aGk=\n":     "f:1: a tag, such as !x, means nothing here: leave it out",
		"[a]: 1\n":               "f:1: a name is missing: write a plain text before the colon",
		"a: &a [*a]\n":           "f:1: *a refers to what it is a part of",
		"a: &a {b: 1, <<: *a}\n": "f:1: *a refers to what it is a part of",
		"\xff\xfea\x00":          "f: the text is encoded as UTF-16: save it as UTF-8",
	} {
		_, problems := yamlfile.Parse([]byte(text))
		if len(problems) == 0 {
			t.Errorf("%q is taken", text)
		} else if diff := cmp.Diff(want, problems[0].In("f")); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// What is made to exhaust the reader is refused before it costs anything.
func TestHostileTextsCostLittle(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		previous := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+previous+", ", 9) + "*" + previous + "]\n"
	}
	for name, tt := range map[string]struct{ text, want string }{
		"nested lists":          {strings.Repeat("[", 400_000), "nested more than 50 deep"},
		"nested mappings":       {"a: " + strings.Repeat("{a: ", 100_000), "nested more than 50 deep"},
		"nested entries":        {strings.Repeat("- ", 400_000), "nested more than 50 deep"},
		"nested by indentation": {indented(1000), "nested more than 50 deep"},
		"nested keys":           {strings.Repeat("? ", 400_000), "nested more than 50 deep"},
		"many braces":           {strings.Repeat("{", 60<<20), "larger than 1 MB"},
		"a large scalar":        {"a: " + strings.Repeat("x", 50<<20), "larger than 1 MB"},
		"aliases of aliases":    {bomb, "aliases"},
		"merges of merges":      {strings.ReplaceAll(bomb, "[", "{<<: [") + "", ""},
		"many names":            {strings.Repeat("a:\n", plaintext.MaxSize/3), "a is given twice"},
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(tt.text)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, problems := yamlfile.Parse(text)
			runtime.ReadMemStats(&after)
			if len(problems) == 0 || !strings.Contains(problems[0].Text, tt.want) {
				t.Errorf("problems %v, want %q", problems, tt.want)
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 600 {
				t.Errorf("%d MB were allocated", spent)
			}
		})
	}
}

func indented(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// FuzzParse: whatever the text, there is a tree or a problem, and what fits no
// field is named.
func FuzzParse(f *testing.F) {
	f.Add("a: &a {b: 1, <<: *a}\n")
	f.Add("x-a: &a [1, {c: ~}]\nnames: *a\n")
	f.Add("? [a]\n: !!x |\n  b\n---\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		n, problems := yamlfile.Parse([]byte(text))
		for _, p := range append(problems, yamlfile.Bind(n, &struct {
			A     string         `yaml:"a"`
			Names []string       `yaml:"names"`
			Map   map[string]int `yaml:"map"`
			Inner *struct {
				Yes bool `yaml:"yes"`
			} `yaml:"inner"`
		}{})...) {
			if p.Text == "" || p.Line < 0 {
				t.Errorf("problem %+v", p)
			}
		}
	})
}
