package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// NoArgs refuses arguments where a command takes none.
func NoArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usage("%s takes no arguments, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// Standard stands for standard output or standard input in place of a file's
// name.
const Standard = "-"

// AtMostOne demands one argument, called by a noun, or none.
func AtMostOne(noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return Usage("%s takes one %s, got %d", cmd.CommandPath(), noun, len(args))
		}
		return nil
	}
}

// SomeArgs demands at least one argument of a kind.
func SomeArgs(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return Usage("%s needs at least one %s", cmd.CommandPath(), name)
		}
		return nil
	}
}

// ExactArgs demands the arguments that names list.
func ExactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return Usage("%s needs %d argument(s), %s, got %d", cmd.CommandPath(), len(names), strings.Join(names, " "), len(args))
		}
		return nil
	}
}
