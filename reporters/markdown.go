package reporters

import (
	"fmt"
	"io"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/layout"
	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

const (
	// maxMarkdown is below what a step summary holds, 1 MiB.
	maxMarkdown = 1<<20 - 4096
	// maxMarkdownText is how many characters of one text a cell holds.
	maxMarkdownText = 1000
)

// Markdown writes the report for a step summary or a pull request: the same
// order as the table, each section a table. What does not fit is counted.
func Markdown(w io.Writer, r *scanner.Report, o Options) error {
	m := &markdown{report: r, options: o, labels: newLabels(r), parts: newPartition(r.Findings)}
	m.head()
	m.findings("Needs action", m.parts.fails)
	m.findings("Not assessed", m.parts.unassessed)
	m.controls()
	m.gaps()
	m.drift()
	m.waived()
	m.attestations()
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write markdown report: %w", err)
	}
	return nil
}

type markdown struct {
	text    strings.Builder
	report  *scanner.Report
	options Options
	labels  labels
	parts   partition
}

// head sums up, so that the first lines say all that a reader in a hurry needs.
func (m *markdown) head() {
	t := &table{Page: layout.NewPage(1<<20, false), report: m.report, parts: m.parts}
	t.summary()
	scan := &m.report.Scan
	fmt.Fprintf(&m.text, "# trailguard\n\n**%s**\n\nCollected %s, judged as of %s.\n", mdText(strings.TrimSpace(t.String())),
		minute(scan.CollectedAt), minute(scan.EvaluatedAt))
	if scan.Plan != nil {
		fmt.Fprintf(&m.text, "\nPlanned: %s.\n", scan.Plan.Sentence())
	}
	if scan.Interrupted {
		m.text.WriteString("\nThe run was interrupted: this is what had been collected until then.\n")
	}
	for i := range m.report.Tenants {
		if tenant := &m.report.Tenants[i]; !tenant.Complete {
			fmt.Fprintf(&m.text, "\nThe exports of tenant %s could not be read, or not all of them.\n", mdCode(tenant.Name))
		}
	}
	if len(m.parts.fails)+len(m.parts.unassessed) == 0 && scan.Complete && m.report.Summary.Coverage.Total > 0 {
		m.text.WriteString("\nNothing fails that is not waived, and nothing is unknown that is not accepted.\n")
	}
}

// section writes a table as far as it fits, and says how much did not.
func (m *markdown) section(title string, columns []string, count int, row func(i int) []string) {
	if count == 0 {
		return
	}
	head := fmt.Sprintf("\n## %s (%d)\n\n| %s |\n|%s\n", title, count, strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
	left := fmt.Sprintf("\n%s not shown here, to stay within 1 MiB: the json report has all.\n", scanner.Count(count, "row is", "rows are"))
	if m.text.Len()+len(head)+len(left) > maxMarkdown {
		m.text.WriteString("\n" + title + ": " + left[1:])
		return
	}
	m.text.WriteString(head)
	for i := range count {
		line := "| " + strings.Join(row(i), " | ") + " |\n"
		if m.text.Len()+len(line)+len(left) > maxMarkdown {
			m.text.WriteString("\n" + scanner.Count(count-i, "more row is", "more rows are") + " not shown here, to stay within 1 MiB: the json report has all.\n")
			return
		}
		m.text.WriteString(line)
	}
}

func (m *markdown) findings(title string, findings []*scanner.Finding) {
	var sorted []*scanner.Finding
	for _, g := range byRule(findings) {
		sorted = append(sorted, g.findings...)
	}
	columns := []string{"Severity", "Rule", "Export", "Finding", "Where", "What to do"}
	m.section(title, columns, len(sorted), func(i int) []string {
		f := sorted[i]
		severity := string(f.Severity)
		if f.Status != scanner.StatusFail {
			severity += ", " + string(f.Status)
		}
		message := mdText(visible.Clip(f.Message, maxMarkdownText))
		if f.State == scanner.StateNew {
			message = "**new** " + message
		}
		for _, line := range besideFindings(m.report, sorted[i:i+1]) {
			message += " (" + mdText(line) + ")"
		}
		message += mdWho(f.Who)
		where := mdCode(visible.Clip(place(f, m.options), maxMarkdownText))
		if by := changedBy(f.ChangedBy); by != "" {
			where += " changed by " + mdCode(visible.Clip(by, maxMarkdownText))
		}
		return []string{
			severity, mdCode(f.RuleID), mdCode(m.labels.of(f.Tenant, f.ExportID)), message, where,
			mdText(visible.Clip(remedyOf(f), maxMarkdownText)),
		}
	})
}

// controls lists those that are not met or not assessed, and counts all.
func (m *markdown) controls() {
	counts := map[scanner.ControlState]int{}
	var open []*scanner.ControlResult
	for i := range m.report.Controls {
		c := &m.report.Controls[i]
		if counts[c.State]++; c.State == scanner.ControlNotMet || c.State == scanner.ControlNotAssessed {
			open = append(open, c)
		}
	}
	m.section("Controls that are not met or not assessed", []string{"Framework", "Control", "State", "Because"}, len(open), func(i int) []string {
		state := open[i].State.Words()
		if open[i].Waived {
			state += " (waived)"
		}
		for k := range open[i].Attestations {
			a := &open[i].Attestations[k]
			state += ", attested: " + mdText(AttestedLine(a))
		}
		return []string{mdText(open[i].Framework), mdCode(open[i].ID), state, mdText(visible.Clip(open[i].Reason, maxMarkdownText))}
	})
	if len(m.report.Controls) > 0 && m.text.Len() < maxMarkdown {
		fmt.Fprintf(&m.text, "\n%s met, %d not covered; which rules bear on a control is this project's judgement.\n",
			scanner.Count(counts[scanner.ControlMet], "control is", "controls are"), counts[scanner.ControlNotCovered])
	}
}

func (m *markdown) gaps() {
	groups := byPermission(pendingGaps(m.report.Gaps))
	m.section("Gaps", []string{"What to do", "Resources", "Answers"}, len(groups), func(i int) []string {
		g := &groups[i]
		return []string{
			mdCode(visible.Clip(g.step(), maxMarkdownText)), mdCode(visible.Clip(some(g.resources, fewEach, "resource", "resources"), maxMarkdownText)),
			mdText(visible.Clip(some(g.details, 1, "answer", "answers"), maxMarkdownText)),
		}
	})
}

func (m *markdown) drift() {
	m.section("Drift", []string{"Effect", "Export", "Change"}, len(m.report.Drift), func(i int) []string {
		c := &m.report.Drift[i]
		change := mdText(visible.Clip(c.Message, maxMarkdownText)) + mdWho(c.Who)
		if by := changedBy(c.ChangedBy); by != "" {
			change += " changed by " + mdCode(visible.Clip(by, maxMarkdownText))
		}
		return []string{string(c.Effect), mdCode(m.labels.of(c.Tenant, c.ExportID)), change}
	})
}

func (m *markdown) waived() {
	columns := []string{"Rule", "Export", "Until", "Approved by", "Justification"}
	m.section("Waived", columns, len(m.parts.waived), func(i int) []string {
		f := m.parts.waived[i]
		return []string{
			mdCode(f.RuleID), mdCode(m.labels.of(f.Tenant, f.ExportID)), mdText(f.Waiver.Expires),
			mdCode(visible.Clip(f.Waiver.ApprovedBy, maxMarkdownText)), mdText(visible.Clip(f.Waiver.Justification, maxMarkdownText)),
		}
	})
	expired := m.report.Waivers.Expired
	m.section("Expired waivers", []string{"Rules", "Expired", "Approved by"}, len(expired), func(i int) []string {
		use := &expired[i]
		return []string{
			mdCode(some(use.Rules, fewEach, "rule", "rules")), mdText(use.Expires), mdCode(visible.Clip(use.ApprovedBy, maxMarkdownText)),
		}
	})
}
