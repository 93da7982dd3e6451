package evidence

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/scanner/evidence"
)

func newShowCommand(a *app.App) *cobra.Command {
	var format cli.Choice
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show what is in a pack and what it says, without trusting it",
		Long: `show lists the files of a pack, each of which is as the pack's own manifest says,
and what the pack says of itself. Nobody vouches for either: verify checks who signed
it and judges it again.

Exit status: 0; 1 a file is not as the manifest says; 3 the pack could not be read.`,
		Example: "  trailguard evidence show audit.tar.gz\n  trailguard evidence show audit.tar.gz --format json",
		Args:    cli.ExactArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			pack, err := evidence.Read(cmd.Context(), args[0], evidence.Criteria{})
			if err != nil {
				return alteredPack(err)
			}
			if format.Value == "json" {
				return cli.WriteJSON(a.Stdout, packs.Show(pack))
			}
			return a.PrintLines(packs.Show(pack).Lines(args[0]))
		},
	}
	format.Register(cmd.Flags(), "format", "text", "text or json", "format", "text", "json")
	return cmd
}
