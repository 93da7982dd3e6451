package main

import (
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/commands/evidence"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/commands/history"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/commands/serve"
)

// commands returns all commands, in the order in which the help lists them.
func commands(a *app.App) []*cobra.Command {
	return []*cobra.Command{
		newScanCommand(a),
		newSnapshotCommand(a),
		newCheckCommand(a),
		newRulesCommand(a),
		newPermissionsCommand(a),

		newExplainCommand(a),
		newControlsCommand(a),
		newDiffCommand(a),
		newPlanCommand(a),
		newFixCommand(a),
		newScaffoldCommand(a),
		newBaselineCommand(a),
		newWaiversCommand(a),
		newAttestationsCommand(a),
		history.New(a),
		evidence.New(a),
		newSimulateCommand(a),
		newPublishCommand(a),
		serve.New(a),
		newDemoCommand(a),
		newVersionCommand(a),
	}
}
