package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// verifyFlags are those of evidence verify.
type verifyFlags struct {
	parallelFlag
	signers     string
	key         string
	identity    string
	authorities string
	noReplay    bool
	format      cli.Choice
}

func newEvidenceVerifyCommand(a *app) *cobra.Command {
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
		Args: exactArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.evidenceVerify(cmd.Context(), f, args[0]) },
	}
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&f.signers, "allowed-signers", "", "who may sign, by their keys of SSH: `FILE` as ssh-keygen reads it")
	cmd.Flags().StringVar(&f.key, "key", "", "the public key in PEM in `FILE` that must have signed")
	cmd.Flags().StringVar(&f.identity, "identity", "", "only this `NAME` of the allowed signers may have signed")
	cmd.Flags().StringVar(&f.authorities, "timestamp-ca", "", "certificates in PEM in `FILE` that vouch for time stamps")
	cmd.Flags().BoolVar(&f.noReplay, "no-replay", false, "check who signed and every byte, and judge nothing again")
	f.format.Register(cmd.Flags(), "format", "text", "text or json", "format", "text", "json")
	return cmd
}

// verdict is what verify says of a pack.
type verdict struct {
	Pack     string `json:"pack"`
	Status   int    `json:"exitStatus"`
	Verdict  string `json:"verdict"` // authentic or altered
	Problem  string `json:"problem,omitempty"`
	Files    int    `json:"files"`
	Replayed bool   `json:"replayed"` // and came out the same
	// MadeBy is the version of the program that made the pack.
	MadeBy    string              `json:"madeBy"`
	Signatory *evidence.Signatory `json:"signatory"`
	Timestamp *evidence.Timestamp `json:"timestamp"`
	// Lacking is why the status is 2 where it is, a line each.
	Lacking []string          `json:"lacking"`
	Notes   []string          `json:"notes"`
	Results []evidence.Result `json:"results"`
}

func (a *app) evidenceVerify(ctx context.Context, f *verifyFlags, path string) (err error) {
	trust, err := f.trust()
	if err != nil {
		return err
	}
	criteria := evidence.Criteria{Trust: trust, At: a.now()}
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
	v := &verdict{Pack: path, Verdict: "authentic", Lacking: []string{}, Notes: []string{}, Results: []evidence.Result{}}
	err = a.verify(ctx, f, v, dir, criteria)
	var altered *evidence.AlteredError
	switch {
	case errors.As(err, &altered):
		v.Status, v.Verdict, v.Problem = scanner.ExitFail, "altered", altered.Problem
	case err != nil:
		return err
	case len(v.Lacking) > 0:
		v.Status = scanner.ExitIncomplete
	}
	if f.format.Value == "json" {
		err = writeJSON(a.stdout, v)
	} else {
		err = a.printVerdict(v)
	}
	if err == nil && v.Status != scanner.ExitClean {
		err = &exitError{status: v.Status}
	}
	return err
}

// trust is whose signature is accepted.
func (f *verifyFlags) trust() (evidence.Trust, error) {
	path := f.signers + f.key
	switch {
	case (f.signers == "") == (f.key == ""):
		return nil, usageError("evidence verify needs --allowed-signers FILE or --key FILE: whom you trust is not for the pack to say")
	case f.key != "" && f.identity != "":
		return nil, usageError("--identity is a name in the file of --allowed-signers: a key in PEM has none")
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

// printVerdict writes what a person reads.
func (a *app) printVerdict(v *verdict) error {
	if v.Problem != "" {
		return a.print("%s: NOT AUTHENTIC: %s", v.Pack, v.Problem)
	}
	head := "AUTHENTIC"
	if v.Status == scanner.ExitIncomplete {
		head += ", WITH RESERVATIONS"
	}
	if v.Replayed {
		head += ", and judged the same again"
	}
	lines := []string{v.Pack + ": " + head}
	by := v.Signatory.Key.String()
	if v.Signatory.Principal != "" {
		by = v.Signatory.Principal + ", " + by
	}
	lines = append(lines, "signed by   "+by)
	if t := v.Timestamp; t != nil {
		line := "time stamp  " + t.Time.Format(time.RFC3339) + ", " + t.Authority
		if !t.Checked {
			line += ", NOT CHECKED: name who vouches for it with --timestamp-ca"
		}
		lines = append(lines, line)
	}
	lines = append(lines, fmt.Sprintf("files       %d, each as the manifest says; made by trailguard %s", v.Files, v.MadeBy))
	for i := range v.Results {
		lines = append(lines, "report      "+describeResult(&v.Results[i]))
	}
	for _, l := range v.Lacking {
		lines = append(lines, "but         "+l)
	}
	for _, n := range v.Notes {
		lines = append(lines, "note        "+n)
	}
	for _, l := range lines {
		if err := a.print("%s", reporters.Visible(l)); err != nil {
			return err
		}
	}
	return nil
}

// describeResult is one result in one line.
func describeResult(r *evidence.Result) string {
	return fmt.Sprintf("%s, as of %s: %d exports, %d passed, %d failed, %d unknown, %d errors; %d findings waived, %d gaps",
		r.Report, r.EvaluatedAt.Format(time.RFC3339), r.Exports, r.ByStatus[scanner.StatusPass], r.ByStatus[scanner.StatusFail],
		r.ByStatus[scanner.StatusUnknown], r.ByStatus[scanner.StatusError], r.Waived, r.Gaps)
}

// alteredPack is how a pack that was altered ends the program.
func alteredPack(err error) error {
	var altered *evidence.AlteredError
	if errors.As(err, &altered) {
		return &exitError{scanner.ExitFail, err}
	}
	return err
}
