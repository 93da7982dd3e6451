package reporters

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/scanner"
)

// fixes are the change that was proven, in all documents at once, where each is an
// evidence file. Where one is not, there is none: a part would not mend the finding.
func (s *sarifLog) fixes(f *scanner.Fix) []*sarif.Fix {
	if f == nil {
		return nil
	}
	one := sarif.NewFix().WithDescription(sarif.NewTextMessage(plainMessage(Visible(f.Summary))))
	for _, d := range f.All() {
		change := s.artifactChange(&d)
		if change == nil {
			return nil
		}
		one.AddArtifactChange(change)
	}
	return []*sarif.Fix{one}
}

// artifactChange is the lines of an evidence file that go, and what comes in their
// place; nil: there is no such file.
func (s *sarifLog) artifactChange(d *scanner.FixedDocument) *sarif.ArtifactChange {
	if d.Before == "" {
		return nil
	}
	change := sarif.NewArtifactChange().
		WithArtifactLocation(sarif.NewArtifactLocation().WithURI(percentEncode(evidencePath(d.Path, s.options))))
	for _, edit := range udiff.Lines(d.Before, d.Document) {
		first := 1 + strings.Count(d.Before[:edit.Start], "\n")
		last := first + strings.Count(d.Before[edit.Start:edit.End], "\n")
		region := sarif.NewRegion().WithStartLine(first).WithStartColumn(1).WithEndLine(last).WithEndColumn(1)
		replacement := sarif.NewReplacement().WithDeletedRegion(region)
		if edit.New != "" {
			replacement.WithInsertedContent(sarif.NewArtifactContent().WithText(edit.New))
		}
		change.AddReplacement(replacement)
	}
	if len(change.Replacements) == 0 {
		return nil
	}
	return change
}
