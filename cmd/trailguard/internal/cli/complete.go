package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Complete registers shell completion for every command below root: the words
// of each choice flag, and for other flags and arguments the function listed in
// byName under the flag's name. It fails where cobra refuses a registration.
func Complete(root *cobra.Command, byName map[string]cobra.CompletionFunc) error {
	var first error
	register := func(cmd *cobra.Command) func(*pflag.Flag) {
		return func(f *pflag.Flag) {
			complete := byName[f.Name]
			if choice, ok := f.Value.(*Choice); ok {
				complete = Words(choice.of...)
			}
			if complete == nil {
				return
			}
			if err := cmd.RegisterFlagCompletionFunc(f.Name, complete); err != nil && first == nil {
				first = err
			}
		}
	}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(register(cmd))
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(root)
	return first
}

// Words completes with a fixed list of words and offers no files.
func Words(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(slices.Clone(words), cobra.ShellCompDirectiveNoFileComp)
}
