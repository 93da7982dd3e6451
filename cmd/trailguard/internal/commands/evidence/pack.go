package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
)

// PackFlags are those of evidence pack.
type PackFlags struct {
	scan.Flags

	Out       string
	Sign      string
	timestamp string
	packSource
}

func newPackCommand(a *app.App) *cobra.Command {
	f := &PackFlags{Flags: scan.Flags{History: recorded.None, Packed: &scan.PackedRun{}}}
	cmd := &cobra.Command{
		Use:   "pack -o FILE",
		Short: "Pack a snapshot, what it is judged by, and the report, and sign them",
		Long: `pack judges a snapshot as scan --snapshot does, and writes an archive of all that
the report rests on: the snapshot, the rules, settings, waivers and baseline, the
report as JSON and HTML, a manifest with the SHA-256 of each file, and a README
that tells how to verify them with sha256sum, ssh-keygen and openssl alone.

The snapshot is a file, that of a run in the history, or those of all whole runs of
a period. The same input gives the same manifest.

--sign signs the manifest: ssh:KEYFILE by a key of SSH, ssh-agent:FINGERPRINT by one
that an agent holds (one with a passphrase, or in hardware), key:PEMFILE by a key in
PEM (Ed25519, ECDSA, RSA). --timestamp asks an authority for a time stamp over the
signature (RFC 3161), and sends it nothing but a SHA-256.

Exit status: 0 the pack is written; 2 it is written, and what it holds is incomplete;
3 could not run.`,
		Example: `  trailguard evidence pack -o audit.tar.gz --snapshot monday.jsonl.zst --waivers waivers.yaml --sign ssh:$HOME/.ssh/id_ed25519
  trailguard evidence pack -o audit.zip --run 12 --sign key:audit.pem --timestamp https://tsa.example.com`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return Pack(cmd.Context(), a, f) },
	}
	f.ConfigFlags.Register(cmd.Flags())
	f.CriteriaFlags.Register(cmd.Flags())
	f.RegisterBaseline(cmd.Flags())
	f.RegisterFailOnNew(cmd.Flags(), false)
	f.registerSource(cmd.Flags(), &f.Flags)
	cmd.Flags().StringVarP(&f.Out, "out", "o", "", "write the pack to `FILE`, which ends in .tar.gz or .zip")
	cmd.Flags().StringVar(&f.Sign, "sign", "", "sign with `KEY`: ssh:KEYFILE, ssh-agent:FINGERPRINT or key:PEMFILE")
	cmd.Flags().StringVar(&f.timestamp, "timestamp", "", "have the authority at `URL` say when it was signed (RFC 3161)")
	return cmd
}

func (f *PackFlags) check() error {
	if f.Out == "" {
		return cli.Usage("evidence pack needs -o FILE")
	}
	if err := evidence.CheckFormat(f.Out); err != nil {
		return cli.Usage("%w", err)
	}
	if err := f.checkSource(&f.Flags); err != nil {
		return err
	}
	if f.timestamp != "" {
		if f.Sign == "" {
			return cli.Usage("--timestamp says when a pack was signed: name a key with --sign")
		}
		if err := evidence.CheckAddress(f.timestamp); err != nil {
			return cli.Usage("--timestamp: %w", err)
		}
	}
	return f.Check()
}

// Pack judges a snapshot, or those of a period, and writes the pack of them.
// Settings and rules are those that the flags name: a configuration that merely
// lies in the folder changes no evidence.
func Pack(ctx context.Context, a *app.App, f *PackFlags) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	c, err := f.LoadIfNamed() // what merely lies in this folder changes no evidence
	if err != nil {
		return err
	}
	inputs := f.Inputs(a, c)
	if f.place != "" && !strings.Contains(f.place, "://") {
		inputs = append(inputs, overwrite.Input{What: "the history", Path: f.place})
	}
	if _, key, ok := strings.Cut(f.Sign, ":"); ok {
		inputs = append(inputs, overwrite.Input{What: "the key that signs", Path: key})
	}
	if err := overwrite.Refuse(f.Out, inputs); err != nil {
		return err
	}
	if err := overwrite.RefuseApproved(f.Out, "write to another file"); err != nil {
		return err
	}
	o := evidence.Options{Name: f.Out, Tool: evidence.Tool{Name: app.Name, Version: a.Version}}
	if f.Sign != "" {
		if o.Signer, err = evidence.NewSigner(f.Sign, os.Getenv("SSH_AUTH_SOCK")); err != nil {
			return fmt.Errorf("--sign: %w", err)
		}
		defer func() { err = errors.Join(err, o.Signer.Close()) }()
	}
	if f.timestamp != "" {
		o.Stamp = func(ctx context.Context, signature []byte) ([]byte, error) {
			return evidence.Stamp(ctx, f.timestamp, signature)
		}
	}
	return judgeAndPack(ctx, a, f, o)
}

// judgeAndPack judges, and packs what came of it.
func judgeAndPack(ctx context.Context, a *app.App, f *PackFlags, o evidence.Options) (err error) {
	dir, err := os.MkdirTemp("", "trailguard-evidence-")
	if err != nil {
		return fmt.Errorf("make a folder for the reports: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m := &packs.Maker{
		Dir: dir, Tool: o.Tool, Rules: f.IDs, Baseline: f.Baseline,
		Judge: func(ctx context.Context, path string) (*packs.Judged, error) {
			flags := f.Flags
			flags.Snapshot = path
			return judgePacked(ctx, a, &flags)
		},
	}
	if err := judgeSource(ctx, a, f, m); err != nil {
		return err
	}
	o.Results = m.Results()
	files, err := m.Files()
	if err != nil {
		return err
	}
	if err := reportfile.Write(f.Out, func(w io.Writer) error { return evidence.Write(ctx, w, files, o) }); err != nil {
		return err
	}
	if o.Signer == nil {
		a.Note("wrote %s, which is not signed: evidence verify accepts none that nobody signed; name a key with --sign", f.Out)
	} else {
		a.Note("wrote %s, signed by %s", f.Out, o.Signer.Key())
	}
	if m.Incomplete() {
		a.Note("what it holds is incomplete: its reports say what could not be assessed")
		return &cli.ExitError{Status: scanner.ExitIncomplete}
	}
	return nil
}
