package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
)

// Subcommand refuses arguments to a command that only groups others, as wrong
// usage: an argument there is the misspelt name of a subcommand.
func Subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := []string{"help"}
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return Usage("unknown command %q%s (%s --help lists the commands)", args[0], pick.Suggest(args[0], names), cmd.CommandPath())
}

// FlagError rewords what cobra says about a flag, and proposes the nearest flag
// where no flag has that name. Where an unknown command stands before the flag,
// it reports the command instead, since no flag of it can be known. All of that
// is wrong usage.
func FlagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return Usage("--%s %s: %w", invalid.GetFlag().Name, invalid.GetValue(), plain(err))
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return Usage("%w (%s --help shows the flags)", err, cmd.CommandPath())
	}
	if cmd.HasSubCommands() {
		if err := Subcommand(cmd, cmd.Flags().Args()); err != nil {
			return err
		}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := ""
	if unknown.GetSpecifiedShortnames() == "" {
		near = pick.Suggest(unknown.GetSpecifiedName(), names)
	}
	return Usage("%w%s (%s --help shows the flags)", err, near, cmd.CommandPath())
}

// plain strips the wording that the library puts around what is wrong with a
// value.
func plain(err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && invalid.Unwrap() != nil {
		return invalid.Unwrap()
	}
	return err
}

// Strict makes the commands that cobra adds refuse what they do not know, as
// wrong usage.
func Strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil {
					return Usage("%w", err)
				}
				return Subcommand(found, rest)
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			cmd.Args = Subcommand
		}
	}
}
