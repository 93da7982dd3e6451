package reporters

import (
	"io"

	"github.com/trailguard/trailguard/reporters/internal/openmetrics"
	"github.com/trailguard/trailguard/scanner"
)

// OpenMetrics writes gauges for the textfile collector of node_exporter. What
// Options.Before says of the last complete run is carried on.
func OpenMetrics(w io.Writer, r *scanner.Report, o Options) error {
	return openmetrics.Write(w, r, o.Before)
}
