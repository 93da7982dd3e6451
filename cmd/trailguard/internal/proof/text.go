package proof

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// Text returns the proof as people read it.
func (p *Proof) Text() string {
	b := &text{}
	b.line("%s: %s", p.RuleID, strings.ToUpper(string(p.Status)))
	b.line("%s (%s)", p.Title, string(p.Severity))
	if p.ExportID != "" {
		b.line("export %s of %s", p.ExportID, p.Tenant)
	} else {
		b.line("tenant %s", p.Tenant)
	}
	for i := range p.Findings {
		b.line("\n%s", p.Findings[i].Message)
		b.line("fingerprint %s", p.Findings[i].Fingerprint)
	}
	for i := range p.Facts {
		b.fact(&p.Facts[i])
	}
	if len(p.Assumptions) > 0 {
		b.line("\nTaken for granted")
		for _, assumption := range p.Assumptions {
			b.line("  - %s", assumption)
		}
	}
	if p.Remediation != "" {
		todo := "To settle it"
		if p.Status == scanner.StatusFail {
			todo = "To mend it"
		}
		b.line("\n%s: %s", todo, p.Remediation)
	}
	b.line("")
	return b.String()
}

type text struct{ strings.Builder }

// line writes one line. Line breaks in the arguments are escaped.
func (b *text) line(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = reporters.Visible(text)
		}
	}
	fmt.Fprintf(&b.Builder, format+"\n", args...)
}

// fact writes a fact and what it rests on.
func (b *text) fact(f *Fact) {
	because := ""
	if f.Because != "" {
		because = ": " + f.Because
	}
	b.line("\nFact %s is %s%s", f.Name, strings.ReplaceAll(string(f.State), "_", " "), because)
	if len(f.Needs) > 0 {
		b.line("  decided by: %s", strings.Join(f.Needs, ", "))
	}
	for i := range f.Gaps {
		g := &f.Gaps[i]
		b.line("  %s of %s %s", strings.TrimRight(g.Kind.Noun()+" "+g.Name, " "), g.Resource, g.Clause())
	}
	for i := range f.Steps {
		b.step(&f.Steps[i])
	}
	for _, d := range f.Documents {
		b.line("  read from %s (%s of %s)", d.Path, d.Call, d.Resource)
	}
}

func (b *text) step(s *Step) {
	policy := s.Policy
	if s.Sid != "" {
		policy += fmt.Sprintf(", statement %q", s.Sid)
	} else if s.Index >= 0 && policy != "" {
		policy += fmt.Sprintf(", statement %d", s.Index+1)
	}
	b.line("\n  %s", strings.TrimPrefix(policy+": "+s.Note, ": "))
	if s.Path == "" {
		return
	}
	b.line("  %s", s.Path)
	for i, line := range s.Lines {
		b.line("  %4d  %s", s.Line+i, line)
	}
}
