package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

func newRulesFactsCommand(a *app.App) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "facts [NAME]",
		Short: "Show the facts that rules read, or one with its fields",
		Long: `facts lists the facts. A rule reads one as input.facts.NAME, which has a state
(known, unknown or not_applicable) and, where it is known, a value.`,
		Example: "  trailguard rules facts\n  trailguard rules facts interval\n  trailguard rules facts --json",
		Args:    cli.AtMostOne("fact"),
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := fact.Descriptions()
			if err == nil && len(args) == 1 {
				list, err = oneFact(list, args[0])
			}
			switch {
			case err != nil:
				return err
			case asJSON:
				return cli.WriteJSON(a.Stdout, list)
			case len(args) == 1:
				return show.Fact(a.Stdout, a.Width(), &list[0])
			}
			return show.Facts(a.Stdout, a.Width(), list)
		},
	}
	cli.JSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

func oneFact(list []fact.Description, name string) ([]fact.Description, error) {
	var known []string
	for i := range list {
		if known = append(known, list[i].Name); list[i].Name == name {
			return list[i : i+1], nil
		}
	}
	return nil, pick.Known("fact", name, known)
}
