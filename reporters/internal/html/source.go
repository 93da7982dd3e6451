package html

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// source is a document that findings point into, shown once as a whole.
type source struct {
	Anchor string
	Of     []belonging // what it is the document of, by path
	Digest string
	Lines  []line

	display *scanner.Display
	lines   []string
	of      map[belonging]bool
	marked  map[int]bool // of a statement that decided
	pointed map[int]bool // that something points at
}

// belonging is one of the things that have the same document.
type belonging struct{ Path, Noun, Resource string }

// line is a line of a document. A marked one belongs to a statement that decided.
type line struct {
	Number int
	Text   string
	Marked bool
	Anchor string // empty: nothing points at it
	Left   int    // lines that are left out here
}

// place is where in a document something stands.
type place struct {
	Noun, Resource, Path, Anchor string // an empty anchor: the document is not shown
	Line                         int
}

// excerpt is the part of a document that decided.
type excerpt struct {
	Place place
	Lines []line
	Left  int // lines of the statement that are not shown here
}

const (
	contextLines = 1  // shown before and after a statement
	longest      = 30 // lines of an excerpt
	longestRun   = 30 // lines of a whole document to which nothing points
)

// at returns the document of a location, or nil where the report does not hold it.
func (b *builder) at(l *scanner.Location) *source {
	if b.report.Annex == nil {
		return nil
	}
	text, ok := b.report.Annex.Documents[l.Digest]
	if !ok {
		return nil
	}
	s := b.sources[l.Digest]
	if s == nil {
		s = &source{
			Anchor: "d" + strconv.Itoa(len(b.sources)+1), Digest: visible.Text(l.Digest), display: scanner.NewDisplay(text),
			of: map[belonging]bool{}, marked: map[int]bool{}, pointed: map[int]bool{},
		}
		s.lines = strings.Split(strings.TrimSuffix(s.display.Text, "\n"), "\n")
		b.sources[l.Digest] = s
	}
	s.of[belonging{visible.Text(l.Path), visible.Text(l.Kind.Noun()), visible.Text(l.Resource)}] = true
	return s
}

func (b *builder) place(l *scanner.Location) *place {
	p := &place{Noun: visible.Text(l.Kind.Noun()), Resource: visible.Text(l.Resource), Path: visible.Text(l.Path), Line: max(1, l.Line)}
	if s := b.at(l); s != nil {
		p.Anchor = s.lineAnchor(p.Line)
		s.pointed[p.Line] = true
	}
	return p
}

func (s *source) lineAnchor(n int) string { return s.Anchor + "-" + strconv.Itoa(n) }

// excerpt cuts the deciding statement out of its document.
func (b *builder) excerpt(l *scanner.Location) *excerpt {
	if l.Path == "" {
		return nil
	}
	e := &excerpt{Place: *b.place(l)}
	s := b.at(l)
	if s == nil {
		return e
	}
	first, statement := s.display.Lines(l.Pointer)
	last := first + len(statement) - 1
	if l.Pointer == "" {
		last = first // the whole document is no statement
	}
	for n := first; n <= last && l.Pointer != ""; n++ {
		s.marked[n] = true
	}
	from, to := max(1, first-contextLines), min(len(s.lines), last+contextLines)
	if to-from+1 > longest && !b.brief() {
		e.Left = to - from + 1 - longest
		to = from + longest - 1
	}
	for n := from; n <= to && !b.brief(); n++ {
		e.Lines = append(e.Lines, line{Number: n, Text: visibleLine(s.lines[n-1]), Marked: l.Pointer != "" && n >= first && n <= last})
	}
	return e
}

func (x belonging) compare(y belonging) int {
	return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Noun, y.Noun), strings.Compare(x.Resource, y.Resource))
}

// briefFrom is from how many findings on a statement is shown in its document alone,
// and not beside each finding, too: a browser has to hold it all.
const briefFrom = 1000

func (b *builder) brief() bool { return len(b.report.Findings) >= briefFrom }

// documents lists all that findings point into, by path.
func (b *builder) documents() {
	// The order of neither map must reach the report.
	for _, s := range b.sources {
		s.Of = slices.SortedFunc(maps.Keys(s.of), belonging.compare)
		b.page.Documents = append(b.page.Documents, s)
	}
	slices.SortFunc(b.page.Documents, func(x, y *source) int {
		return cmp.Or(x.Of[0].compare(y.Of[0]), strings.Compare(x.Digest, y.Digest))
	})
	for _, s := range b.page.Documents {
		s.takeLines()
	}
}

// takeLines takes the lines of a document. Of a long run of lines to which nothing points
// the end is left out, and counted: a listing can have thousands.
func (s *source) takeLines() {
	run := 0
	for i, text := range s.lines {
		l := line{Number: i + 1, Text: visibleLine(text), Marked: s.marked[i+1]}
		if run++; s.pointed[l.Number] {
			l.Anchor, run = s.lineAnchor(l.Number), 0
		}
		if run <= longestRun {
			s.Lines = append(s.Lines, l)
			continue
		}
		if last := len(s.Lines) - 1; s.Lines[last].Left == 0 {
			s.Lines = append(s.Lines, line{Left: 1})
		} else {
			s.Lines[last].Left++
		}
	}
}

// visibleLine keeps tabs what they are meant for.
func visibleLine(text string) string { return visible.Text(strings.ReplaceAll(text, "\t", "    ")) }
