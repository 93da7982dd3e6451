// Package layout lays out text in columns and paragraphs for a terminal. It
// knows nothing of reports and escapes nothing: its input must already be safe
// to show.
package layout

import (
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const (
	narrowest = 20 // columns below which nothing can be laid out
	stacked   = 60 // columns below which two cells stand under one another
)

// Page gathers lines of text that fit a width.
type Page struct {
	text  strings.Builder
	width int
	color bool
}

// Row is one row: its subject, and what there is to say about it. Each string
// is a paragraph.
type Row [2][]string

// NewPage returns an empty page of a number of columns.
func NewPage(width int, color bool) *Page { return &Page{width: max(width, narrowest), color: color} }

// String returns the page's text.
func (p *Page) String() string { return p.text.String() }

// Stacked reports whether the page is too narrow for two columns.
func (p *Page) Stacked() bool { return p.width < stacked }

// Line writes a paragraph, indented, its later lines two columns deeper.
func (p *Page) Line(indent int, text string) {
	for i, part := range wrap(text, p.width-indent-2) {
		if i == 1 {
			indent += 2
		}
		p.text.WriteString(strings.Repeat(" ", indent) + part + "\n")
	}
}

// Blank separates blocks.
func (p *Page) Blank() { p.text.WriteByte('\n') }

// Section begins a section with an underlined title.
func (p *Page) Section(word, rest string, paint Color) {
	p.Blank()
	p.Heading(word+":", rest, paint)
	p.text.WriteString(strings.Repeat("-", min(p.width, twwidth.Width(word+": "+rest))) + "\n")
}

// Heading writes a paragraph whose first words are painted.
func (p *Page) Heading(word, rest string, paint Color) {
	line := Page{width: p.width}
	line.Line(0, word+" "+rest)
	text := line.text.String()
	if p.color {
		text = strings.Replace(text, word, paint.on(word), 1)
	}
	p.text.WriteString(text)
}

// Rows writes rows in two columns. On a narrow page the second stands below the
// first.
func (p *Page) Rows(rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	if p.Stacked() {
		p.stack(rows)
		return nil
	}
	const margin, gutter = 2, 2
	left := 0
	for _, row := range rows {
		for _, paragraph := range row[0] {
			left = max(left, twwidth.Width(paragraph))
		}
	}
	left = min(left, p.width*2/5)
	var text strings.Builder
	table := newTable(&text, margin, gutter)
	for _, row := range rows {
		cells := []string{cell(row[0], left), cell(row[1], p.width-margin-left-gutter)}
		if err := table.Append(cells); err != nil {
			return fmt.Errorf("add a row to the table: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return fmt.Errorf("lay out the table: %w", err)
	}
	for line := range strings.Lines(text.String()) {
		p.text.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return nil
}

func (p *Page) stack(rows []Row) {
	for _, row := range rows {
		for i, column := range row {
			indent := 2 + 2*i
			for _, paragraph := range column {
				for _, part := range wrap(paragraph, p.width-indent) {
					p.text.WriteString(strings.Repeat(" ", indent) + part + "\n")
				}
			}
		}
	}
}

// cell wraps paragraphs to a column. The text is wrapped before the table
// library sees it, because names must break where a person would break them.
func cell(paragraphs []string, width int) string {
	var lines []string
	for _, paragraph := range paragraphs {
		lines = append(lines, wrap(paragraph, width)...)
	}
	return strings.Join(lines, "\n")
}

// newTable has no lines between its cells, so that places and ARNs can be
// copied from it.
func newTable(w *strings.Builder, margin, gutter int) *tablewriter.Table {
	none := tw.Padding{Left: tw.Empty, Right: tw.Empty, Overwrite: true}
	padding := tw.CellPadding{Global: none, PerColumn: []tw.Padding{
		{Left: strings.Repeat(" ", margin), Right: strings.Repeat(" ", gutter), Overwrite: true}, none,
	}}
	return tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off, ShowFooter: tw.Off},
				Lines:      tw.LinesNone,
			},
		})),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithConfig(tablewriter.Config{Row: tw.CellConfig{Padding: padding}}),
	)
}

// wrap breaks a text into lines of a width, between words where it can, and
// long words after a separator where they have one.
func wrap(text string, width int) []string {
	width = max(width, 4)
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && twwidth.Width(line)+1+twwidth.Width(word) <= width {
			line += " " + word
			continue
		}
		if room := width - twwidth.Width(line) - 1; line != "" && twwidth.Width(word) > width && room > width/2 {
			n := breakAt(word, room)
			line, word = line+" "+word[:n], word[n:]
		}
		if line != "" {
			lines = append(lines, line)
		}
		for twwidth.Width(word) > width {
			n := breakAt(word, width)
			lines = append(lines, word[:n])
			word = word[n:]
		}
		line = word
	}
	return append(lines, line)
}

// breakAt returns how many bytes of a word fit a width: up to the last
// separator in the second half, else as many as there is room for. A colon
// before a number is no place to break: a line or an account follows it.
func breakAt(word string, width int) int {
	used, fits, separator := 0, 0, 0
	for i, r := range word {
		used += twwidth.Width(string(r))
		if used > width && i > 0 {
			break
		}
		fits = i + len(string(r))
		if used > width/2 && separates(r, word[fits:]) {
			separator = fits
		}
	}
	if separator > 0 {
		return separator
	}
	return fits
}

func separates(r rune, rest string) bool {
	if r == ':' {
		return rest != "" && !strings.ContainsRune(":0123456789", rune(rest[0]))
	}
	return strings.ContainsRune("/,_-=", r)
}

// Color is an ANSI colour.
type Color string

// The colours that a page is painted in.
const (
	Red    Color = "1;31"
	Yellow Color = "33"
	Cyan   Color = "36"
	Green  Color = "32"
)

func (c Color) on(text string) string { return "\x1b[" + string(c) + "m" + text + "\x1b[0m" }
