package drift

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// compareABAC compares whether policies can go by the bucket's tags, and the tags.
// What that does to anybody's access the facts about access tell.
func compareABAC(b, a *document.BucketABAC, _ *comparison) []detail {
	return append(ranked("/Status", "access control by the bucket's tags", 0, 0, b.Status, a.Status),
		ranked("/Tags", "the bucket's tags", 0, 0, written(b.Tags), written(a.Tags))...)
}

func written(tags []document.Tag) string {
	var list []string
	for _, t := range tags {
		list = append(list, t.Key+"="+t.Value)
	}
	return strings.Join(list, ", ")
}

// asksForTags says that a policy of a record may go by tags of resources: none that
// could not be read is known not to.
func asksForTags(record *scanner.Record) bool {
	of := func(k document.Kind) bool { _, ok := k.Policy(); return ok }
	return slices.ContainsFunc(record.Gaps, func(g scanner.Gap) bool { return of(g.Kind) }) ||
		slices.ContainsFunc(record.Evidence, func(e scanner.Evidence) bool {
			if !of(e.Kind) {
				return false
			}
			text := strings.ToLower(e.Text)
			return strings.Contains(text, "resourcetag") || strings.Contains(text, "buckettag")
		})
}
