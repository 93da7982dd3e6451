package main

import "github.com/spf13/cobra"

// commands returns all commands, in the order in which the help lists them.
func commands(a *app) []*cobra.Command {
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
		newHistoryCommand(a),
		newEvidenceCommand(a),
		newSimulateCommand(a),
		newPublishCommand(a),
		newDemoCommand(a),
		newVersionCommand(a),
	}
}
