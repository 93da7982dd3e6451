package reporters

import (
	"fmt"
	"io"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// line is one finding with what identifies its run.
type line struct {
	Time           time.Time `json:"time"` // as of when it was judged
	SnapshotDigest string    `json:"snapshotDigest"`
	scanner.Finding
}

// JSONLines writes one finding a line, for log pipelines. Waived and resolved
// findings are included, and say so in their fields.
func JSONLines(w io.Writer, r *scanner.Report, _ Options) error {
	for i := range r.Findings {
		l := line{r.Scan.EvaluatedAt, r.Scan.SnapshotDigest, r.Findings[i]}
		if err := writeJSON(w, &l); err != nil {
			return fmt.Errorf("write finding %d of %d: %w", i+1, len(r.Findings), err)
		}
	}
	return nil
}
