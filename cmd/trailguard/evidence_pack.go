package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
)

// packFlags are those of evidence pack.
type packFlags struct {
	scanFlags

	out       string
	sign      string
	timestamp string
	packSource
}

func newEvidencePackCommand(a *app) *cobra.Command {
	f := &packFlags{scanFlags: scanFlags{history: noHistory, packed: &packedRun{}}}
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
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.evidencePack(cmd.Context(), f) },
	}
	f.configFlags.register(cmd.Flags())
	f.criteriaFlags.register(cmd.Flags())
	f.registerBaseline(cmd.Flags())
	f.registerFailOnNew(cmd.Flags(), false)
	f.registerSource(cmd.Flags(), &f.scanFlags)
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write the pack to `FILE`, which ends in .tar.gz or .zip")
	cmd.Flags().StringVar(&f.sign, "sign", "", "sign with `KEY`: ssh:KEYFILE, ssh-agent:FINGERPRINT or key:PEMFILE")
	cmd.Flags().StringVar(&f.timestamp, "timestamp", "", "have the authority at `URL` say when it was signed (RFC 3161)")
	return cmd
}

func (f *packFlags) check() error {
	if f.out == "" {
		return usageError("evidence pack needs -o FILE")
	}
	if err := evidence.CheckFormat(f.out); err != nil {
		return usageError("%w", err)
	}
	if err := f.checkSource(&f.scanFlags); err != nil {
		return err
	}
	if f.timestamp != "" {
		if f.sign == "" {
			return usageError("--timestamp says when a pack was signed: name a key with --sign")
		}
		if err := evidence.CheckAddress(f.timestamp); err != nil {
			return usageError("--timestamp: %w", err)
		}
	}
	return f.scanFlags.check()
}

func (a *app) evidencePack(ctx context.Context, f *packFlags) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	c, err := f.loadIfNamed() // what merely lies in this folder changes no evidence
	if err != nil {
		return err
	}
	inputs := f.inputs(a, c)
	if f.place != "" && !strings.Contains(f.place, "://") {
		inputs = append(inputs, overwrite.Input{What: "the history", Path: f.place})
	}
	if _, key, ok := strings.Cut(f.sign, ":"); ok {
		inputs = append(inputs, overwrite.Input{What: "the key that signs", Path: key})
	}
	if err := refuseOverwrite(f.out, inputs); err != nil {
		return err
	}
	if err := refuseApproved(f.out, "write to another file"); err != nil {
		return err
	}
	o := evidence.Options{Name: f.out, Tool: evidence.Tool{Name: toolName, Version: version}}
	if f.sign != "" {
		if o.Signer, err = evidence.NewSigner(f.sign, os.Getenv("SSH_AUTH_SOCK")); err != nil {
			return fmt.Errorf("--sign: %w", err)
		}
		defer func() { err = errors.Join(err, o.Signer.Close()) }()
	}
	if f.timestamp != "" {
		o.Stamp = func(ctx context.Context, signature []byte) ([]byte, error) {
			return evidence.Stamp(ctx, f.timestamp, signature)
		}
	}
	return a.pack(ctx, f, o)
}

// pack judges, and packs what came of it.
func (a *app) pack(ctx context.Context, f *packFlags, o evidence.Options) (err error) {
	dir, err := os.MkdirTemp("", "trailguard-evidence-")
	if err != nil {
		return fmt.Errorf("make a folder for the reports: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m := &packs.Maker{
		Dir: dir, Tool: o.Tool, Rules: f.ids, Baseline: f.baseline,
		Judge: func(ctx context.Context, path string) (*packs.Judged, error) {
			flags := f.scanFlags
			flags.snapshot = path
			return a.judgePacked(ctx, &flags)
		},
	}
	if err := a.judgeSource(ctx, f, m); err != nil {
		return err
	}
	o.Results = m.Results()
	files, err := m.Files()
	if err != nil {
		return err
	}
	if err := reportfile.Write(f.out, func(w io.Writer) error { return evidence.Write(ctx, w, files, o) }); err != nil {
		return err
	}
	if o.Signer == nil {
		a.note("wrote %s, which is not signed: evidence verify accepts none that nobody signed; name a key with --sign", f.out)
	} else {
		a.note("wrote %s, signed by %s", f.out, o.Signer.Key())
	}
	if m.Incomplete() {
		a.note("what it holds is incomplete: its reports say what could not be assessed")
		return &exitError{status: scanner.ExitIncomplete}
	}
	return nil
}
