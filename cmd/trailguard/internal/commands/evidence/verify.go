package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// verifyFlags are those of evidence verify.
type verifyFlags struct {
	scan.ParallelFlag
	signers     string
	key         string
	identity    string
	authorities string
	noReplay    bool
	format      cli.Choice
}

func newVerifyCommand(a *app.App) *cobra.Command {
	f := &verifyFlags{}
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Say who signed a pack, whether a byte was altered, and judge it again",
		Long: `verify trusts nothing that the pack says of itself. The key comes from a file of
yours: of allowed signers, as ssh-keygen -Y verify reads it, or a public key in PEM.
It checks every byte of every file, and then judges the pack's evidence again, by the
pack's rules and settings, as confined as rules of your own are: the report must
come out the same, byte for byte.

A key is checked as of now, or as of the time stamp where --timestamp-ca vouches for it.

Exit status: 0 authentic, complete, and judged the same again; 1 altered, not signed,
signed by somebody else, or judged differently; 2 authentic, and incomplete or
judged by other rules than this version has; 3 the pack could not be read.`,
		Example: `  trailguard evidence verify audit.tar.gz --allowed-signers allowed_signers --identity audit@example.com
  trailguard evidence verify audit.zip --key audit.pub.pem`,
		Args: cli.ExactArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return verifyPack(cmd.Context(), a, f, args[0]) },
	}
	f.Register(cmd.Flags())
	cmd.Flags().StringVar(&f.signers, "allowed-signers", "", "who may sign, by their keys of SSH: `FILE` as ssh-keygen reads it")
	cmd.Flags().StringVar(&f.key, "key", "", "the public key in PEM in `FILE` that must have signed")
	cmd.Flags().StringVar(&f.identity, "identity", "", "only this `NAME` of the allowed signers may have signed")
	cmd.Flags().StringVar(&f.authorities, "timestamp-ca", "", "certificates in PEM in `FILE` that vouch for time stamps")
	cmd.Flags().BoolVar(&f.noReplay, "no-replay", false, "check who signed and every byte, and judge nothing again")
	f.format.Register(cmd.Flags(), "format", "text", "text or json", "format", "text", "json")
	return cmd
}

func verifyPack(ctx context.Context, a *app.App, f *verifyFlags, path string) (err error) {
	trust, err := f.trust()
	if err != nil {
		return err
	}
	criteria := evidence.Criteria{Trust: trust, At: a.Now()}
	if f.authorities != "" {
		text, err := plaintext.ReadFile(f.authorities)
		if err != nil {
			return fmt.Errorf("read --timestamp-ca: %w", err)
		}
		if criteria.Authorities, err = evidence.Authorities(f.authorities, text); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "trailguard-evidence-")
	if err != nil {
		return fmt.Errorf("make a folder to unpack into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	verifier := packs.Verifier{Judge: judgeAgain(a, f), Now: a.Now(), Version: a.Version}
	if f.noReplay {
		verifier.Judge = nil
	}
	v, err := verifier.Verify(ctx, path, dir, criteria)
	var again *packs.ReplayError
	switch {
	case errors.As(err, &again) && cli.Interruption(ctx) == 0:
		return &cli.ExitError{Status: scanner.ExitCannotRun, Err: err} // what the pack holds is no wrong usage of this command
	case errors.As(err, &again):
		return again.Err
	case err != nil:
		return err
	}
	if f.format.Value == "json" {
		err = cli.WriteJSON(a.Stdout, v)
	} else {
		err = a.PrintLines(v.Lines())
	}
	if err == nil && v.Status != scanner.ExitClean {
		err = &cli.ExitError{Status: v.Status}
	}
	return err
}

// judgeAgain judges what a pack holds as scan --snapshot does.
func judgeAgain(a *app.App, f *verifyFlags) func(context.Context, *packs.Order) (*scanner.Report, error) {
	return func(ctx context.Context, o *packs.Order) (*scanner.Report, error) {
		again := &scan.Flags{Snapshot: o.Snapshot, History: recorded.None, Packed: &scan.PackedRun{Settings: o.Settings, Version: o.Version}}
		again.Baseline, again.Waivers, again.Attestations = o.Baseline, o.Waivers, o.Attestations
		again.Shipped, again.Dirs, again.IDs = o.Shipped, o.Own, o.Rules
		again.Tenants, again.Exports, again.AsOf = o.Tenants, o.Exports, o.AsOf.Format(time.RFC3339Nano)
		again.FailOn.Value, again.FailOn.Given = string(o.Threshold.FailOn), true
		again.FailOnNew, again.AllowIncomplete = o.Threshold.FailOnNew, o.Threshold.AllowIncomplete
		again.Parallel = f.Parallel
		if _, err := scanner.ParseSeverity(again.FailOn.Value); err != nil {
			return nil, err
		}
		judged, err := judgePacked(ctx, a, again)
		if err != nil {
			return nil, err
		}
		return judged.Report, nil
	}
}

// trust is whose signature is accepted.
func (f *verifyFlags) trust() (evidence.Trust, error) {
	path := f.signers + f.key
	switch {
	case (f.signers == "") == (f.key == ""):
		return nil, cli.Usage("evidence verify needs --allowed-signers FILE or --key FILE: whom you trust is not for the pack to say")
	case f.key != "" && f.identity != "":
		return nil, cli.Usage("--identity is a name in the file of --allowed-signers: a key in PEM has none")
	}
	text, err := plaintext.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read whom to trust: %w", err)
	}
	if f.key != "" {
		return evidence.PublicKey(path, text)
	}
	return evidence.AllowedSigners(path, text, f.identity)
}

// alteredPack is how a pack that was altered ends the program.
func alteredPack(err error) error {
	var altered *evidence.AlteredError
	if errors.As(err, &altered) {
		return &cli.ExitError{Status: scanner.ExitFail, Err: err}
	}
	return err
}
