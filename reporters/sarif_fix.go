package reporters

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/scanner"
)

// fixes are the change that was proven, where the document is an evidence file: whole
// lines of it that go, and what comes in their place.
func (s *sarifLog) fixes(f *scanner.Fix) []*sarif.Fix {
	if f == nil || f.Before == "" {
		return nil
	}
	change := sarif.NewArtifactChange().
		WithArtifactLocation(sarif.NewArtifactLocation().WithURI(percentEncode(evidencePath(f.Path, s.options))))
	for _, edit := range udiff.Lines(f.Before, f.Document) {
		first := 1 + strings.Count(f.Before[:edit.Start], "\n")
		last := first + strings.Count(f.Before[edit.Start:edit.End], "\n")
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
	return []*sarif.Fix{sarif.NewFix().WithDescription(sarif.NewTextMessage(plainMessage(Visible(f.Summary)))).AddArtifactChange(change)}
}
