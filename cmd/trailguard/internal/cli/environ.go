package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
)

// prefix begins every environment variable that sets a flag.
const prefix = "TRAILGUARD_"

func variable(flag string) string {
	return strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// FromEnvironment sets those flags of a command that the command line leaves
// out. Several values of a repeatable flag are separated by commas, or by line
// breaks where a value holds a comma. A value that only the flag of another command
// takes, such as a format of reports, is meant for that one and sets nothing here.
// The error names the variable and what is wrong with its value.
func FromEnvironment(cmd *cobra.Command, lookup func(string) (string, bool)) error {
	var first error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := prefix + variable(f.Name)
		value, ok := lookup(name)
		if !ok || value == "" || f.Changed || first != nil || f.Name == "help" || f.Name == "version" {
			return
		}
		values := []string{value}
		if _, several := f.Value.(pflag.SliceValue); several {
			values = split(value)
		}
		for _, v := range values {
			if err := cmd.Flags().Set(f.Name, v); err != nil && !takenElsewhere(cmd.Root(), f, v) {
				first = fmt.Errorf("%s=%q: %w", name, value, plain(err))
				return
			}
		}
	})
	return first
}

// takenElsewhere says whether a flag of this name takes a value in any command but
// the one that runs. It sets it there, where nobody reads it.
func takenElsewhere(cmd *cobra.Command, flag *pflag.Flag, value string) bool {
	if f := cmd.Flags().Lookup(flag.Name); f != nil && f != flag && f.Value.Set(value) == nil {
		return true
	}
	return slices.ContainsFunc(cmd.Commands(), func(c *cobra.Command) bool { return takenElsewhere(c, flag, value) })
}

func split(value string) []string {
	separator := ","
	if strings.Contains(value, "\n") {
		separator = "\n"
	}
	values := strings.Split(value, separator)
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return slices.DeleteFunc(values, func(v string) bool { return v == "" })
}

// Misspelt returns a warning for each variable that sets no flag of any
// command, but whose name is close to one that does.
func Misspelt(root *cobra.Command, environ []string) []string {
	var known []string
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, variable(f.Name)) })
		cmd.PersistentFlags().VisitAll(func(f *pflag.Flag) { known = append(known, variable(f.Name)) })
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(root)
	var warnings []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		rest, ours := strings.CutPrefix(name, prefix)
		if !ours || slices.Contains(known, rest) {
			continue
		}
		if near := pick.Suggest(rest, known); near != "" {
			warnings = append(warnings, fmt.Sprintf("%s sets nothing%s", name, strings.Replace(near, `"`, `"`+prefix, 1)))
		}
	}
	return warnings
}
