package reporters

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// maxCell is below what a spreadsheet holds in a cell, 32,767 characters.
const maxCell = 32000

// CSV writes one finding a row, for spreadsheets.
func CSV(w io.Writer, r *scanner.Report, o Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{
		"tenant", "export", "rule", "severity", "status", "state", "resource", "message", "remediation", "controls",
		"document", "line", "column", "waived_by", "waived_until", "waiver_justification", "fingerprint",
		"who", "who_at", "who_from", "who_event",
	}}
	for i := range r.Findings {
		rows = append(rows, csvRow(&r.Findings[i], o))
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write csv report: %w", err)
	}
	return nil
}

func csvRow(f *scanner.Finding, o Options) []string {
	row := []string{
		f.Tenant, f.ExportID, f.RuleID, string(f.Severity), string(f.Status), string(f.State), f.Resource, f.Message,
		f.Remediation, controls(f.Controls),
	}
	at := firstLocation(f)
	row = append(row, evidencePath(at.Path, o), strconv.Itoa(max(1, at.Line)), strconv.Itoa(max(1, at.Column)))
	var waiver scanner.Waiver
	if f.Waiver != nil {
		waiver = *f.Waiver
	}
	row = append(row, waiver.ApprovedBy, waiver.Expires, waiver.Justification, f.Fingerprint)
	changed := whoMap(f.Who)
	row = append(row, changed["who"], changed["whoAt"], changed["whoFrom"], changed["whoEvent"])
	for i := range row {
		row[i] = harmless(visible.Clip(Visible(row[i]), maxCell))
	}
	return row
}

// harmless puts an apostrophe before a cell that a spreadsheet would take for a
// formula, also where blanks stand before the sign that starts a formula, or
// where the sign has its full-width form.
func harmless(cell string) string {
	if start := strings.TrimLeft(cell, " \u00a0\u3000"); start != "" && strings.ContainsRune("=+-@\uff1d\uff0b\uff0d\uff20", []rune(start)[0]) {
		return "'" + cell
	}
	return cell
}

func controls(list []scanner.Control) string {
	texts := make([]string, 0, len(list))
	for _, c := range list {
		texts = append(texts, c.Framework+" "+strings.Join(c.IDs, ", "))
	}
	return strings.Join(texts, "; ")
}
