// Package manual writes the man pages of commands. The program does not link it:
// pages are made when a release is. Cobra's own pages go through Markdown, which
// takes <placeholders>, * and _ of a help text for markup, and mandoc warns of them.
package manual

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Write writes a page of section 1 for root and each command below it that the help
// lists, dated as told, and returns the commands in the order of their pages.
func Write(dir string, root *cobra.Command, date time.Time) ([]*cobra.Command, error) {
	var commands []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		commands = append(commands, cmd)
		for _, c := range below(cmd) {
			walk(c)
		}
	}
	walk(root)
	for _, cmd := range commands {
		if err := os.WriteFile(filepath.Join(dir, name(cmd)+".1"), []byte(page(cmd, date)), 0o644); err != nil { //nolint:gosec // for everybody to read
			return nil, fmt.Errorf("write man page: %w", err)
		}
	}
	return commands, nil
}

// below lists the commands below one that its help lists. The help itself is none:
// every command has it.
func below(cmd *cobra.Command) []*cobra.Command {
	list := slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool {
		return !c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() || c.Name() == "help"
	})
	slices.SortFunc(list, func(a, b *cobra.Command) int { return cmp.Compare(a.Name(), b.Name()) })
	return list
}

// name is what man is asked for.
func name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// page is the page of a command in the macros of man(7).
func page(cmd *cobra.Command, date time.Time) string {
	cmd.InitDefaultHelpFlag()
	var p strings.Builder
	fmt.Fprintf(&p, ".TH %q 1 %q trailguard\n", strings.ToUpper(name(cmd)), date.Format(time.DateOnly))
	fmt.Fprintf(&p, ".SH NAME\n%s \\- %s\n", text(name(cmd)), text(cmd.Short))
	fmt.Fprintf(&p, ".SH SYNOPSIS\n.nf\n%s\n.fi\n", text(cmd.UseLine()))
	fmt.Fprintf(&p, ".SH DESCRIPTION\n%s", prose(cmp.Or(cmd.Long, cmd.Short+".")))
	options(&p, "OPTIONS", cmd.NonInheritedFlags())
	options(&p, "OPTIONS OF EVERY COMMAND", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&p, ".SH EXAMPLES\n.nf\n%s\n.fi\n", text(cmd.Example))
	}
	var also []string
	if cmd.HasParent() {
		also = append(also, cross(cmd.Parent()))
	}
	for _, c := range below(cmd) {
		also = append(also, cross(c))
	}
	fmt.Fprintf(&p, ".SH SEE ALSO\n%s\n", strings.Join(also, ",\n"))
	return p.String()
}

// cross is a reference to the page of a command.
func cross(cmd *cobra.Command) string { return `\fB` + text(name(cmd)) + `\fR(1)` }

// options lists flags with what stands for their value and what they are without.
func options(p *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(p, ".SH %s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		p.WriteString(".TP\n")
		if f.Shorthand != "" {
			fmt.Fprintf(p, `\fB\-%s\fR, `, text(f.Shorthand))
		}
		fmt.Fprintf(p, `\fB\-\-%s\fR`, text(f.Name))
		if value != "" {
			fmt.Fprintf(p, ` \fI%s\fR`, text(value))
		}
		fmt.Fprintf(p, "\n%s\n", text(usage))
		if !slices.Contains([]string{"", "false", "0", "[]", "0s"}, f.DefValue) {
			fmt.Fprintf(p, "(default %s)\n", text(f.DefValue))
		}
	})
}

var indented = regexp.MustCompile(`(?m)^[ \t]`)

// prose fills paragraphs; what is indented, such as a list or an example, stays as it
// stands.
func prose(long string) string {
	var p strings.Builder
	for i, paragraph := range strings.Split(long, "\n\n") {
		if i > 0 {
			p.WriteString(".PP\n")
		}
		if indented.MatchString(paragraph) {
			fmt.Fprintf(&p, ".nf\n%s\n.fi\n", text(paragraph))
			continue
		}
		p.WriteString(text(paragraph) + "\n")
	}
	return p.String()
}

// text says a text to roff letter for letter: a backslash escapes, a hyphen may be
// set as another sign, and a line that opens with a point or a quote is a request.
func text(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
