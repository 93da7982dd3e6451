package html

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// matrix shows every result: exports by export rules, and tenants by tenant rules.
type matrix struct {
	Tables []matrixTable
	Legend []tile // counts are not used
}

type matrixTable struct {
	Caption string
	Rules   []matrixRule
	Rows    []matrixRow
}

type matrixRule struct {
	ID, Title, Anchor string
	Group             string
}

type matrixRow struct {
	Who   who
	Cells []cell
}

// cell is one result, told by its letter.
type cell struct {
	Kind, Letter string
	Anchor       string // of the finding; empty: there is none to show
}

// short is the kind as a matrix of many cells names it.
func (c *cell) short() string { return c.Kind[:1] }

// rowsEach is how many rows stand below one head.
const rowsEach = 200

// letters tell the statuses, so that colour is never the only thing that does.
var letters = map[string]string{
	"pass": "P", "fail": "F", "waived": "W", "unknown": "U", "error": "E", "not_applicable": "\u2013",
}

// resultID is one rule's result about one subject.
type resultID struct{ rule, tenant, export string }

// open is what the findings say of a result.
type open struct {
	anchor string
	waived bool // every failure
}

func (b *builder) openResults() map[resultID]open {
	results := map[resultID]open{}
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		if f.State == scanner.StateResolved {
			continue
		}
		id := resultID{f.RuleID, f.Tenant, f.ExportID}
		waived := f.Status == scanner.StatusFail && f.Waiver != nil
		o, seen := results[id]
		if !seen {
			o = open{anchor: b.anchors[i], waived: waived}
		}
		o.waived = o.waived && waived
		results[id] = o
	}
	return results
}

func (b *builder) matrix() {
	results := b.openResults()
	exports := b.matrixTable("Exports by rules", scanner.ScopeExport)
	tenants := b.matrixTable("Tenants by rules", scanner.ScopeTenant)
	for i := range b.report.Exports {
		e := &b.report.Exports[i]
		exports.Rows = append(exports.Rows, b.matrixRow(&exports, e.Tenant, e.ID, e.Results, results))
	}
	for i := range b.report.Tenants {
		t := &b.report.Tenants[i]
		tenants.Rows = append(tenants.Rows, b.matrixRow(&tenants, t.Name, "", t.Results, results))
	}
	for _, t := range []matrixTable{exports, tenants} {
		if len(t.Rules) == 0 {
			continue
		}
		total, first := len(t.Rows), 1
		for rows := range slices.Chunk(t.Rows, rowsEach) {
			part := t
			part.Rows = rows
			if total > rowsEach {
				part.Caption = fmt.Sprintf("%s, %d to %d of %d", t.Caption, first, first+len(rows)-1, total)
			}
			first += len(rows)
			b.page.Matrix.Tables = append(b.page.Matrix.Tables, part)
		}
	}
	for _, kind := range []string{"pass", "fail", "waived", "unknown", "error", "not_applicable"} {
		b.page.Matrix.Legend = append(b.page.Matrix.Legend, tile{Kind: kind, Name: letters[kind] + " " + strings.ReplaceAll(kind, "_", " ")})
	}
}

// matrixTable begins a table with the rules of a scope, by group.
func (b *builder) matrixTable(caption string, scope scanner.Scope) matrixTable {
	t := matrixTable{Caption: caption}
	for i := range b.report.Rules {
		if r := &b.report.Rules[i]; r.Scope == scope {
			t.Rules = append(t.Rules, matrixRule{ID: r.ID, Title: visible.Text(r.Title), Group: visible.Text(r.Group)})
		}
	}
	slices.SortStableFunc(t.Rules, func(x, y matrixRule) int {
		return strings.Compare(x.Group+" "+x.ID, y.Group+" "+y.ID)
	})
	return t
}

func (b *builder) matrixRow(t *matrixTable, tenant, id string, statuses map[string]scanner.Status, results map[resultID]open) matrixRow {
	row := matrixRow{Who: b.who(tenant, id), Cells: make([]cell, len(t.Rules))}
	for i := range t.Rules {
		status, ok := statuses[t.Rules[i].ID]
		if !ok {
			status = scanner.StatusUnknown
		}
		c := cell{Kind: string(status)}
		if o, found := results[resultID{t.Rules[i].ID, tenant, id}]; found {
			c.Anchor = o.anchor
			if status == scanner.StatusFail && o.waived {
				c.Kind = "waived"
			}
		}
		c.Letter = letters[c.Kind]
		row.Cells[i] = c
	}
	return row
}
