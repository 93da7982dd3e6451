package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func newBaselineCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "baseline",
		Short:   "Approve a snapshot as the state to keep, and show who did",
		Example: "  trailguard baseline approve monday.jsonl.zst --by 'Ada Lovelace' --reason 'quarterly review'\n  trailguard scan --baseline monday.jsonl.zst",
		Args:    cli.Subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBaselineApproveCommand(a), newBaselineShowCommand(a))
	return cmd
}

func newBaselineApproveCommand(a *app.App) *cobra.Command {
	var (
		by, reason, place string
		force             bool
	)
	cmd := &cobra.Command{
		Use:   "approve SNAPSHOT",
		Short: "Write down who approved a snapshot, when and why",
		Long: `approve adds the snapshot's digest, the time, the approver and the reason to the
history, and writes them to SNAPSHOT.approval.json with the head that the
history's ledger has then, for history verify --expect-head. An altered snapshot
no longer matches its approval.`,
		Example: "  trailguard baseline approve monday.jsonl.zst --by 'Ada Lovelace' --reason 'quarterly review'",
		Args:    cli.ExactArgs("SNAPSHOT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if by == "" || reason == "" {
				return cli.Usage("baseline approve needs --by NAME and --reason TEXT")
			}
			digest, err := snapshotDigest(args[0])
			if err != nil {
				return err
			}
			if !force {
				if err := overwrite.RefuseApproved(args[0], overwrite.ByForce); err != nil {
					return err
				}
			}
			approval := scanner.Approval{Digest: digest, At: a.Now().UTC().Truncate(time.Second), By: by, Reason: reason}
			if approval.HistoryHead, err = recordApproval(cmd.Context(), a, place, approval); err != nil {
				return err
			}
			if err := snapshot.WriteApproval(args[0], approval); err != nil {
				return err
			}
			a.Note("wrote %s", snapshot.ApprovalPath(args[0]))
			return nil
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "`NAME` of the approver")
	cmd.Flags().StringVar(&reason, "reason", "", "why it is approved")
	cmd.Flags().BoolVar(&force, "force", false, "replace an earlier approval")
	cmd.Flags().StringVar(&place, "history", "", "add it to the history in this `FILE` or behind this postgres:// URL, or none (default: in your state folder)")
	return cmd
}

// recordApproval adds an approval to the history, where there is one, and
// returns the head of the history's ledger.
func recordApproval(ctx context.Context, a *app.App, place string, approval scanner.Approval) (head string, err error) {
	store, err := recorded.Open(ctx, place, a.Note)
	if err != nil || store == nil {
		return "", err
	}
	defer store.Close() //nolint:errcheck // what was added is committed
	return store.Approve(ctx, approval)
}

// baselineShown is what baseline show prints as JSON.
type baselineShown struct {
	Snapshot string            `json:"snapshot"`
	Digest   string            `json:"digest"`
	Approval *scanner.Approval `json:"approval"` // null: nobody approved it
}

func newBaselineShowCommand(a *app.App) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "show SNAPSHOT",
		Short:   "Show who approved a snapshot",
		Long:    "show says who approved a snapshot, when and why. Exit status: 0 approved, 1 not approved, 3 the approval is for another snapshot.",
		Example: "  trailguard baseline show monday.jsonl.zst",
		Args:    cli.ExactArgs("SNAPSHOT"),
		RunE: func(_ *cobra.Command, args []string) error {
			digest, err := snapshotDigest(args[0])
			if err != nil {
				return err
			}
			approval, err := snapshot.ReadApproval(args[0], digest)
			if errors.Is(err, fs.ErrNotExist) {
				if asJSON {
					if err := cli.WriteJSON(a.Stdout, baselineShown{Snapshot: args[0], Digest: digest}); err != nil {
						return err
					}
				}
				return &cli.ExitError{Status: scanner.ExitFail, Err: fmt.Errorf("%s: nobody approved it", args[0])}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return cli.WriteJSON(a.Stdout, baselineShown{args[0], digest, approval})
			}
			head := ""
			if approval.HistoryHead != "" {
				head = "history   " + reporters.Visible(approval.HistoryHead) + "\n"
			}
			_, err = fmt.Fprintf(a.Stdout, "snapshot  %s\ndigest    %s\napproved  %s by %s\nreason    %s\n%s",
				reporters.Visible(args[0]), digest, approval.At.Format(time.RFC3339), reporters.Visible(approval.By), reporters.Visible(approval.Reason), head)
			return err
		},
	}
	cli.JSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

// snapshotDigest reads a snapshot to its end, which proves that it is whole.
func snapshotDigest(path string) (string, error) {
	records, err := pipeline.OpenSnapshot(path)
	if err != nil {
		return "", err
	}
	defer records.Close() //nolint:errcheck // it was only read
	if err := pipeline.Each(records, func(*scanner.Record) error { return nil }); err != nil {
		return "", err
	}
	return records.Digest(), nil
}
