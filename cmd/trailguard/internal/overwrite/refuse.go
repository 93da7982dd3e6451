package overwrite

import (
	"os"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Refuse returns a usage error where an output is one of the inputs.
func Refuse(path string, inputs []Input) error {
	if err := Check(path, inputs); err != nil {
		return cli.Usage("%w", err)
	}
	return nil
}

// RefuseApproved refuses to replace a snapshot that is approved, or its
// approval.
func RefuseApproved(path, otherwise string) error {
	if _, err := os.Stat(snapshot.ApprovalPath(path)); err != nil {
		return nil //nolint:nilerr // nobody approved it
	}
	return cli.Usage("%s is approved, baseline show says by whom: %s", path, otherwise)
}

// ByForce is the advice where an approved snapshot can be replaced.
const ByForce = "name --force to replace it"
