package opa_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

const (
	rulesDocument    = "../../docs/rules.md"
	controlsDocument = "../../docs/controls.md"
)

var update = flag.Bool("update", false, "write the documents that are made from the rules' METADATA and from the facts")

// TestRulesDocument keeps docs/rules.md what the METADATA says; with -update it
// writes it.
func TestRulesDocument(t *testing.T) {
	compareDocument(t, rulesDocument, renderRules(load(t, shipped()).Rules()))
}

// compareDocument says whether a document is as it would be made, or writes it.
func compareDocument(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it is made from: run make docs", path)
	}
}

// groups are the folders of policies/ in the order in which they are read.
var groups = []string{"export", "tenant", "trust", "s3", "kms", "credentials", "drift"}

func renderRules(rules []scanner.Rule) []byte {
	slices.SortStableFunc(rules, func(a, b scanner.Rule) int {
		return slices.Index(groups, a.Group) - slices.Index(groups, b.Group)
	})
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from the METADATA of policies/ by: make docs -->

# Rules

Each rule is a statement that is true when all is well. It fails where the statement is false, is *unknown*
where the facts that it requires could not be read or do not decide, and is *not applicable* where they have no
subject. Unknown is never a pass.

[controls.md](controls.md) goes the other way, from a control to the rules that bear on it.

| Group | Rule | Severity | Statement |
|---|---|---|---|
`)
	for i := range rules {
		r := &rules[i]
		fmt.Fprintf(&b, "| %s | [%s](#%s) | %s | %s |\n", r.Group, r.ID, r.ID, r.Severity, r.Title)
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
  reference that could be any fact. It has no network, no clock and no randomness. ` + "`trailguard rules facts`" + ` lists them, too.
- It may read documents as they were received, as ` + "`input.documents.KIND`" + ` (` + "[facts.md](facts.md#inputdocumentskind)" + `), where no fact holds what it
  wants. Documents that could not be read make it unknown, as facts do; the METADATA may require them as ` + "`documents.KIND`" + `.
- It may have settings: ` + "`ruleSettings: {acme.short_interval: {max_hours: 8}}`" + ` of the configuration is ` + "`input.settings`" + ` of this rule, and an
  empty object where nothing is set. Read them as ` + "`object.get(input.settings, \"max_hours\", 12)`" + `: one of another type than what the rule puts in
  its place, or of a name that it does not read, is then an error. Tests write ` + "`with input.settings as {…}`" + `.
- It answers within two seconds for each export, with at most 1,000 denials of 4,096 bytes; whatever goes beyond is an ` + "`error`" + `.
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

// TestControlsDocument keeps docs/controls.md what the METADATA says; with
// -update it writes it.
func TestControlsDocument(t *testing.T) {
	compareDocument(t, controlsDocument, renderControls(load(t, shipped()).Rules()))
}

// Whoever reads by control would miss a rule that bears on none.
func TestEveryRuleBearsOnAControl(t *testing.T) {
	for _, r := range load(t, shipped()).Rules() {
		if len(r.Controls) == 0 {
			t.Errorf("%s names no control", r.ID)
		}
	}
}

// renderControls lists the rules by framework and control.
func renderControls(rules []scanner.Rule) []byte {
	bearing := map[string]map[string][]string{}
	for i := range rules {
		for _, c := range rules[i].Controls {
			if bearing[c.Framework] == nil {
				bearing[c.Framework] = map[string][]string{}
			}
			for _, id := range c.IDs {
				bearing[c.Framework][id] = append(bearing[c.Framework][id], fmt.Sprintf("[%s](rules.md#%s)", rules[i].ID, rules[i].ID))
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from the METADATA of policies/ by: make docs -->

# Controls

The assignment of controls is this project's judgement: it was made from public mappings of the frameworks, no
framework's owner has approved it, and passing a rule does not by itself satisfy a control. A control that is not listed
here is not covered: no rule bears on it.

` + "`trailguard controls`" + `, and ` + "`controls`" + ` of the JSON report, say of each control what a run shows. The first that holds:

| State | When |
|---|---|
| not met | A rule fails for an export or a tenant. So it is where a waiver covers every failure: that is shown as *waived*, since somebody has decided to live with it, and the control is still not in place. |
| not assessed | No rule is known to fail, and the answer is not whole: a rule is unknown (an accepted gap is still one) or went wrong; it was left out by ` + "`--rule`" + `; it judges what changed, and no baseline was given; the list of exports could not be read whole, the run was interrupted, or only some exports were judged (` + "`--export`" + `). |
| not covered | Every rule was judged, and none had anything to judge. Nothing is wrong, and nothing is shown to be right. |
| met | At least one rule passed, and every other one passed wherever it applies. The reason says how many of the rules had nothing to judge. |

Behind each state stand the rules, with the number of exports (or tenants) that passed, failed, were waived, unknown or an
error, or had nothing to judge, and by name those that did not pass. What no program can see of a control is not judged.
`)
	for _, framework := range slices.Sorted(maps.Keys(bearing)) {
		fmt.Fprintf(&b, "\n## %s\n\n| Control | Rules |\n|---|---|\n", framework)
		for _, id := range slices.SortedFunc(maps.Keys(bearing[framework]), byNumber) {
			fmt.Fprintf(&b, "| %s | %s |\n", id, strings.Join(bearing[framework][id], ", "))
		}
	}
	return b.Bytes()
}

// byNumber orders control ids as reports do.
func byNumber(a, b string) int {
	return strings.Compare(scanner.ControlNumber(a), scanner.ControlNumber(b))
}

// literal keeps Markdown from reading a text's placeholders and stars.
func literal(text string) string {
	return strings.NewReplacer("<", `\<`, "*", `\*`).Replace(text)
}
