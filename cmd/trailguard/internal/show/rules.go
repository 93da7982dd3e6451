package show

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// Rules writes a table of rules.
func Rules(w io.Writer, width int, rules []scanner.Rule) error {
	table := Table(w, width)
	table.Header("rule", "severity", "title")
	for _, r := range rules {
		if err := table.Append(r.ID, string(r.Severity), r.Title); err != nil {
			return fmt.Errorf("list rules: %w", err)
		}
	}
	return table.Render()
}

// Table returns a table without lines.
func Table(w io.Writer, width int) *tablewriter.Table {
	return tablewriter.NewTable(w,
		tablewriter.WithRendition(tw.Rendition{Borders: tw.BorderNone, Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone}}),
		tablewriter.WithMaxWidth(width), tablewriter.WithHeaderAlignment(tw.AlignLeft), tablewriter.WithRowAutoWrap(tw.WrapNormal))
}

// Rule writes everything that a rule's METADATA says.
func Rule(w io.Writer, r *scanner.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s, %s)\n%s\n\n%s\n\n", r.ID, r.Severity, r.Group, r.Title, strings.TrimSpace(r.Description))
	fmt.Fprintf(&b, "Facts: %s\n\nRemediation:\n%s\n\nControls:\n", strings.Join(r.Requires, ", "), strings.TrimSpace(r.Remediation))
	for _, c := range r.Controls {
		fmt.Fprintf(&b, "  %s: %s\n", c.Framework, strings.Join(c.IDs, ", "))
	}
	if len(r.References) > 0 {
		fmt.Fprintf(&b, "\nReferences:\n  %s\n", strings.Join(r.References, "\n  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Facts writes a table of facts.
func Facts(w io.Writer, width int, list []fact.Description) error {
	table := Table(w, width)
	table.Header("fact", "scope", "description")
	for i := range list {
		if err := table.Append(list[i].Name, string(list[i].Scope), list[i].Text); err != nil {
			return fmt.Errorf("list facts: %w", err)
		}
	}
	return table.Render()
}

// Fact writes a fact with its fields.
func Fact(w io.Writer, width int, d *fact.Description) error {
	said := slices.DeleteFunc([]string{d.Text, d.NotApplicable, d.Unknown}, func(s string) bool { return s == "" })
	if _, err := fmt.Fprintf(w, "%s (%s)\n%s\n\ninput.facts.%s.state is %s, %s or %s. Below input.facts.%s.value:\n\n",
		d.Name, d.Scope, strings.Join(said, "\n"), d.Name, scanner.FactKnown, scanner.FactUnknown, scanner.FactNotApplicable, d.Name); err != nil {
		return err
	}
	table := Table(w, width)
	table.Header("field", "type", "meaning")
	for _, f := range d.Fields {
		if err := table.Append(f.Name, f.Type, f.Text); err != nil {
			return fmt.Errorf("show fact: %w", err)
		}
	}
	return table.Render()
}
