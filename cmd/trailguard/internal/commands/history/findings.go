package history

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/show"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

func newFindingsCommand(a *app.App, f *flags) *cobra.Command {
	var filter history.Filter
	cmd := &cobra.Command{
		Use: "findings", Short: "List findings, each from its first run to its last", Example: "  trailguard history findings\n  trailguard history findings --all --rule put_object_granted", Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.With(cmd.Context(), history.Options{ReadOnly: true}, func(s *history.Store) error {
				if err := recorded.Resolve(cmd.Context(), s, &filter); err != nil {
					return err
				}
				episodes, err := s.Findings(cmd.Context(), filter)
				if err != nil {
					return err
				}
				a.Note("%s", scanner.Count(len(episodes), "finding", "findings"))
				return app.List(a, f.asJSON, episodes, show.Episode)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&filter.Ended, "all", false, "those that are over, too")
	flags.Int64Var(&filter.Run, "run", 0, "as of this `RUN` (default: the last)")
	flags.StringVar(&filter.Tenant, "tenant", "", "of this tenant `NAME`")
	flags.StringVar(&filter.ExportID, "export", "", "of the export with this configuration `ID`, its first 8 characters, or its bucket")
	flags.StringVar(&filter.Rule, "rule", "", "of this rule `ID`")
	flags.StringVar(&filter.Fingerprint, "fingerprint", "", "with this `FINGERPRINT` or its beginning")
	return cmd
}
