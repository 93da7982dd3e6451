package journal

import (
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// Start describes a run that begins.
type Start struct {
	Version, Command string
	Tenants          []string
	Source           string // the file read in place of Immuta, or of Immuta and AWS; may be empty
	Rules            int    // 0 where nothing is judged
}

// Counts are the figures of a run that ends. Figures not known yet are 0.
type Counts struct {
	Exports, Gaps int
	Findings      map[string]int // by status; nil: nothing was judged
}

// Start records that a run begins. Call End when it ends.
func (j *Journal) Start(s Start) {
	j.started = j.o.Now()
	attrs := []slog.Attr{slog.String("version", s.Version), slog.String("command", s.Command)}
	if s.Source != "" {
		attrs = append(attrs, slog.String("source", s.Source))
	}
	if len(s.Tenants) > 0 {
		names := make([]string, len(s.Tenants))
		for i := range names {
			names[i] = reporters.Visible(s.Tenants[i])
		}
		attrs = append(attrs, slog.Any("tenants", names))
	}
	if s.Rules > 0 {
		attrs = append(attrs, slog.Int("rules", s.Rules))
	}
	j.span("start", "the run begins", attrs...)
}

// End records that a run ends. It does nothing where none has begun.
func (j *Journal) End(status int, c Counts) {
	if j.started.IsZero() {
		return
	}
	attrs := []slog.Attr{slog.Int("exitStatus", status), slog.Int("exports", c.Exports)}
	if c.Findings != nil {
		var byStatus []any
		for _, status := range slices.Sorted(maps.Keys(c.Findings)) {
			byStatus = append(byStatus, slog.Int(status, c.Findings[status]))
		}
		attrs = append(attrs, slog.Group("findings", byStatus...))
	}
	attrs = append(attrs, slog.Int("gaps", c.Gaps), slog.Int64("requests", j.requests.Load()),
		slog.Int64("retries", j.retries.Load()), slog.Float64("seconds", seconds(j.o.Now().Sub(j.started))))
	j.span("end", "the run ends", attrs...)
}

// span records where a run begins or ends. As text it shows the end only, and
// that only when verbose: a run that finds nothing prints nothing.
func (j *Journal) span(event, message string, attrs ...slog.Attr) {
	if j.o.JSON || j.o.Verbose {
		j.write(slog.LevelInfo, event, message, attrs...)
	}
}

// Sent implements scanner.Traffic.
func (j *Journal) Sent(r scanner.Request) func(int) {
	j.requests.Add(1)
	sent := j.o.Now()
	return func(status int) {
		j.write(slog.LevelDebug, "request", "request", append(describe(r),
			slog.Int("status", status), slog.Int64("milliseconds", j.o.Now().Sub(sent).Milliseconds()))...)
	}
}

// Retrying implements scanner.Traffic.
func (j *Journal) Retrying(r scanner.Retry) {
	j.retries.Add(1)
	j.waited.Add(int64(r.Wait))
	j.write(slog.LevelWarn, "retry", "trying again", append(describe(r.Request),
		slog.String("cause", r.Cause), slog.Float64("waitSeconds", seconds(r.Wait)), slog.Int("attempt", r.Attempt))...)
}

// Traffic is how many requests were sent, how many of them again, and how long
// those waited for it.
func (j *Journal) Traffic() (requests, retries int64, waited time.Duration) {
	return j.requests.Load(), j.retries.Load(), time.Duration(j.waited.Load())
}

func describe(r scanner.Request) []slog.Attr {
	return []slog.Attr{slog.String("service", r.Service), slog.String("operation", r.Operation), slog.String("target", r.Target)}
}

// seconds returns a duration in seconds, rounded to milliseconds.
func seconds(d time.Duration) float64 {
	return math.Round(d.Seconds()*1000) / 1000
}
