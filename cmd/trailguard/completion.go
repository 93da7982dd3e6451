package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/reporters"
)

// complete registers shell completion of flags and arguments.
func complete(root *cobra.Command) error {
	formats := reporters.Formats()
	for i := range formats {
		formats[i] += "="
	}
	for _, path := range [][]string{{"rules", "show"}, {"explain"}} {
		cmd, _, err := root.Find(path)
		if err != nil {
			return err
		}
		cmd.ValidArgsFunction = completeRules
	}
	return cli.Complete(root, map[string]cobra.CompletionFunc{
		"rule":   completeRules,
		"output": cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace),
	})
}

// completeRules completes the first argument with the ids of the shipped rules.
func completeRules(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	engine, err := pipeline.LoadRules(cmd.Context(), nil)
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []cobra.Completion
	for _, rule := range engine.Rules() {
		list = append(list, cobra.CompletionWithDesc(rule.ID, rule.Title))
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
