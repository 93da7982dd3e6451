package opa_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

const rulesDocument = "../../docs/rules.md"

var update = flag.Bool("update", false, "write docs/rules.md from the rules' METADATA")

// TestRulesDocument keeps docs/rules.md what the METADATA says; with -update it
// writes it.
func TestRulesDocument(t *testing.T) {
	want := renderRules(load(t, shipped()).Rules())
	if *update {
		if err := os.WriteFile(rulesDocument, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(rulesDocument)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/rules.md is not what the rules' METADATA says: run go test ./scanner/opa -run TestRulesDocument -update")
	}
}

// groups are the folders of policies/ in the order in which they are read.
var groups = []string{"export", "tenant", "trust", "s3", "kms", "credentials", "drift"}

func renderRules(rules []scanner.Rule) []byte {
	slices.SortStableFunc(rules, func(a, b scanner.Rule) int {
		return slices.Index(groups, a.Group) - slices.Index(groups, b.Group)
	})
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from the METADATA of policies/ by: go test ./scanner/opa -run TestRulesDocument -update -->

# Rules

Each rule is a statement that is true when all is well. It fails where the statement is false, is *unknown*
where the facts that it requires could not be read or do not decide, and is *not applicable* where they have no
subject. Unknown is never a pass.

The assignment of controls is this project's judgement: it was made from public mappings of the frameworks, no
framework's owner has approved it, and passing a rule does not by itself satisfy a control.

| Group | Rule | Severity | Statement | Controls |
|---|---|---|---|---|
`)
	for i := range rules {
		r := &rules[i]
		fmt.Fprintf(&b, "| %s | [%s](#%s) | %s | %s | %s |\n", r.Group, r.ID, r.ID, r.Severity, r.Title, controls(r))
	}
	for i := range rules {
		section(&b, &rules[i])
	}
	b.WriteString(ownRules)
	return b.Bytes()
}

const ownRules = `
## Rules of your own

` + "`trailguard rules new acme.short_interval`" + ` writes a rule and its tests to start from, ` + "`--rules DIR`" + ` adds a folder of
rules to a run, and ` + "`trailguard rules test DIR`" + ` runs their tests and checks the inputs that these give against the schema.

- A rule is one file with package ` + "`<root>.<name>`" + ` of two names, which is its id too; the root ` + "`trailguard`" + ` is kept. Helpers go
  to ` + "`<root>.lib`" + ` and below.
- It defines ` + "`deny contains {\"message\": …}`" + `, with ` + "`resource`, `key`, `pointer` and `remediation`" + ` where they help: the key tells several findings
  about one resource apart, the pointer is a fact's ` + "`at`" + `, handed back unchanged,
  the remediation mends what one denial is about, where the METADATA's is for another cause.
- Its METADATA has title, description and, under custom, id, severity, requires and remediation; controls and
  related_resources may be left out. Facts that it reads are required whether it lists them or not.
- It reads facts by their names (` + "`input.facts.interval`" + `), which [facts.md](facts.md) lists: a name that the schema does not have is a load error, and so is a
  reference that could be any fact. It has no network, no clock and no randomness.
- Write ` + "`fact := input.facts.enabled.value; not fact.enabled`" + `, never ` + "`not input.…`" + `, which is true of what nobody could read.
`

func section(b *bytes.Buffer, r *scanner.Rule) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s, group %s, judged for each %s.\n\n%s\n\n", r.ID, r.Title, r.Severity, r.Group, r.Scope, r.Description)
	fmt.Fprintf(b, "- **Facts:** `%s`\n", strings.Join(r.Requires, "`, `"))
	fmt.Fprintf(b, "- **To mend it:** %s\n", literal(r.Remediation))
	fmt.Fprintf(b, "- **Controls:** %s\n", controls(r))
	for _, url := range r.References {
		fmt.Fprintf(b, "- **See:** <%s>\n", url)
	}
}

func controls(r *scanner.Rule) string {
	parts := make([]string, 0, len(r.Controls))
	for _, c := range r.Controls {
		parts = append(parts, c.Framework+": "+strings.Join(c.IDs, ", "))
	}
	return strings.Join(parts, "; ")
}

// literal keeps Markdown from reading a text's placeholders and stars.
func literal(text string) string {
	return strings.NewReplacer("<", `\<`, "*", `\*`).Replace(text)
}
