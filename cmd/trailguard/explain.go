package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// fingerprintPrefix is how many characters of a fingerprint are enough.
const fingerprintPrefix = 8

func newExplainCommand(a *app) *cobra.Command {
	f := &scanFlags{history: noHistory}
	cmd := &cobra.Command{
		Use:   "explain FINGERPRINT | RULE EXPORT",
		Short: "Show the proof behind one result, as a person reads it",
		Long: `explain shows why a rule says what it says about an export: the facts it
rests on, each statement that decided or was considered, quoted from its
document with line numbers, what is missing, and what is taken for granted. It
explains passes as well as failures. The first 8 characters of a fingerprint
are enough, as are those of an export's id.

Exit status: 0 explained, 3 there is no such result.`,
		Example: "  trailguard explain put_object_granted e6b93c05 --snapshot monday.jsonl.zst\n  trailguard explain 1f0c52aa --snapshot monday.jsonl.zst",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return usageError("%s wants a FINGERPRINT, or a RULE and an EXPORT", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), f, args) },
	}
	f.configFlags.register(cmd.Flags())
	f.collectFlags.register(cmd.Flags())
	f.ruleFlags.register(cmd.Flags())
	f.parallelFlag.register(cmd.Flags())
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "judge as of this `TIME`, RFC 3339 (default: when the snapshot was collected)")
	cmd.Flags().StringVar(&f.snapshot, "snapshot", "", "explain by the snapshot in `FILE` instead of collecting")
	return cmd
}

func (a *app) explain(ctx context.Context, f *scanFlags, args []string) error {
	if len(args) == 1 && len(args[0]) < fingerprintPrefix {
		return usageError("fingerprint %q: give at least %d characters", args[0], fingerprintPrefix)
	}
	run, err := a.prepareRun(ctx, f)
	if err != nil {
		return err
	}
	defer run.close(ctx)
	e := &explainer{args: args, rules: run.engine.Rules(), out: a.stdout}
	for judged, err := range pipeline.NewJudge(run.source, run.options).All(ctx) {
		if err == nil {
			err = e.explain(judged)
		}
		if err != nil {
			return err
		}
	}
	if e.found == 0 {
		return fmt.Errorf("nothing to explain for %s: scan --format json lists fingerprints, rules and exports", strings.Join(args, " "))
	}
	return nil
}

// explainer looks for what was asked and writes its proof.
type explainer struct {
	args  []string
	rules []scanner.Rule
	out   io.Writer
	found int
}

// explain explains what was asked for about one export or tenant.
func (e *explainer) explain(judged *scanner.Judged) error {
	for i := range judged.Results {
		res := &judged.Results[i]
		if !e.asked(judged.Subject, res) {
			continue
		}
		e.found++
		at := slices.IndexFunc(e.rules, func(r scanner.Rule) bool { return r.ID == res.RuleID })
		if at < 0 {
			return errors.New("a result of no known rule: " + res.RuleID)
		}
		if _, err := io.WriteString(e.out, explanation(judged.Subject, &e.rules[at], res)); err != nil {
			return err
		}
	}
	return nil
}

func (e *explainer) asked(s *scanner.Subject, res *scanner.Result) bool {
	if len(e.args) == 2 {
		subject := s.ExportID
		if subject == "" {
			subject = s.Tenant
		}
		return res.RuleID == e.args[0] && strings.HasPrefix(subject, e.args[1])
	}
	return slices.ContainsFunc(res.Findings, func(f scanner.Finding) bool { return strings.HasPrefix(f.Fingerprint, e.args[0]) })
}

// explanation is the proof of one result.
func explanation(s *scanner.Subject, rule *scanner.Rule, res *scanner.Result) string {
	b := &proof{}
	b.line("%s: %s", rule.ID, strings.ToUpper(string(res.Status)))
	b.line("%s (%s)", rule.Title, rule.Severity)
	if s.ExportID != "" {
		b.line("export %s of %s", s.ExportID, s.Tenant)
	} else {
		b.line("tenant %s", s.Tenant)
	}
	for i := range res.Findings {
		b.line("\n%s", res.Findings[i].Message)
		b.line("fingerprint %s", res.Findings[i].Fingerprint)
	}
	assumptions := []string{}
	for _, name := range rule.Requires {
		fact := s.Facts[name]
		b.fact(s, name, &fact)
		assumptions = append(assumptions, fact.Assumptions...)
	}
	if len(assumptions) > 0 {
		slices.Sort(assumptions)
		b.line("\nTaken for granted")
		for _, text := range slices.Compact(assumptions) {
			b.line("  - %s", text)
		}
	}
	if res.Status == scanner.StatusFail {
		b.line("\nTo mend it: %s", strings.Join(strings.Fields(rule.Remediation), " "))
	}
	b.line("")
	return b.String()
}

// proof is the text of an explanation.
type proof struct{ text strings.Builder }

func (b *proof) String() string { return b.text.String() }

// line writes one line. What comes from outside breaks none.
func (b *proof) line(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = reporters.Visible(text)
		}
	}
	fmt.Fprintf(&b.text, format+"\n", args...)
}

// fact writes what one fact rests on.
func (b *proof) fact(s *scanner.Subject, name string, f *scanner.FactStatus) {
	b.line("\nFact %s is %s%s", name, strings.ReplaceAll(string(f.State), "_", " "), because(f))
	if len(f.Needs) > 0 {
		b.line("  decided by: %s", strings.Join(f.Needs, ", "))
	}
	for i := range f.Gaps {
		g := &f.Gaps[i]
		b.line("  could not read: %s of %s: %s", g.Call, g.Resource, g.Detail)
	}
	for i := range f.Reasons {
		b.reason(s, &f.Reasons[i])
	}
	if len(f.Reasons) == 0 {
		for _, ref := range f.Evidence {
			if e, ok := s.Document(ref); ok && !e.Absent {
				b.line("  read from %s (%s of %s)", scanner.EvidencePath(s.Tenant, e), e.Call, e.Resource)
			}
		}
	}
}

func because(f *scanner.FactStatus) string {
	if f.Because == "" {
		return ""
	}
	return ": " + f.Because
}

// reason quotes the statement behind one step of a proof.
func (b *proof) reason(s *scanner.Subject, r *scanner.Reason) {
	policy := r.Policy
	if r.Sid != "" {
		policy += fmt.Sprintf(", statement %q", r.Sid)
	} else if r.Index >= 0 && policy != "" {
		policy += fmt.Sprintf(", statement %d", r.Index+1)
	}
	b.line("\n  %s", strings.TrimPrefix(policy+": "+r.Note, ": "))
	e, pointer, ok := s.Resolve(r.At)
	if !ok || e.Absent {
		return
	}
	b.line("  %s", scanner.EvidencePath(s.Tenant, e))
	first, lines := scanner.NewDisplay(e.Text).Lines(pointer)
	for i, line := range lines {
		b.line("  %4d  %s", first+i, line)
	}
}
