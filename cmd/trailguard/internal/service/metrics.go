package service

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// lastComplete is the metric to alert on. The history knows it; the reports'
// figures have it for those that no service shows.
const lastComplete = "trailguard_last_complete_run_timestamp_seconds"

// Gauge is a metric that is shown besides those of the service.
type Gauge struct {
	Name, Help string
	Value      float64
	Labels     []string // names and values by turns
}

// families are metrics by name.
type families map[string]*dto.MetricFamily

// metrics writes what the last runs found, and how the service fares, in the
// format that the client asks for: OpenMetrics, or Prometheus's own.
func (s *Site) metrics(w http.ResponseWriter, r *http.Request) {
	all, err := s.collect(r)
	if err != nil {
		s.Warn(err)
		say(w, http.StatusServiceUnavailable, "the history does not answer: the log says why")
		return
	}
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	w.Header().Set("Content-Type", string(format))
	encoder := expfmt.NewEncoder(w, format)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := encoder.Encode(all[name]); err != nil {
			return // who does not wait for the answer gets none
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok {
		_ = closer.Close() // likewise
	}
}

func (s *Site) collect(r *http.Request) (families, error) {
	runs, err := s.Runs(r.Context())
	if err != nil {
		return nil, err
	}
	untold, err := s.Untold(r.Context())
	if err != nil {
		return nil, err
	}
	var more []Gauge
	if s.More != nil {
		if more, err = s.More(r.Context()); err != nil {
			return nil, err
		}
	}
	all, status := families{}, s.Service.Status()
	for i := range status.Settings.Tenants {
		name := status.Settings.Tenants[i].Name
		if err := s.read(all, name); err != nil {
			s.Warn(err)
		}
	}
	delete(all, lastComplete)
	for i := range status.Settings.Tenants {
		name := status.Settings.Tenants[i].Name
		all.gauge(lastComplete, "When what the last complete run judged was collected; 0 where no complete run is known.", seconds(LastComplete(runs, name)), "tenant", name)
		all.tenant(&status, name)
	}
	all.gauge("trailguard_notices_waiting", "What destinations are still to be told.", float64(len(untold)))
	all.gauge("trailguard_config_last_reload_successful", "1 where the configuration in force is that of the file.", truth(status.Reloaded.Good))
	all.gauge("trailguard_config_last_reload_success_timestamp_seconds", "When the configuration in force was read.", seconds(status.Reloaded.At))
	if l := s.Ledger(); l != nil {
		all.gauge("trailguard_ledger_ok", "1 where the history is as it was recorded.", truth(l.Good))
		all.gauge("trailguard_ledger_verified_timestamp_seconds", "When that was looked at.", seconds(l.At))
	}
	for i := range more {
		all.gauge(more[i].Name, more[i].Help, more[i].Value, more[i].Labels...)
	}
	all.gauge("trailguard_build_info", "The program.", 1, "version", s.Version)
	return all, nil
}

// tenant adds what the service has counted of a tenant.
func (a families) tenant(status *Status, name string) {
	f := status.Figures[name]
	a.gauge("trailguard_next_run_timestamp_seconds", "When the tenant is scanned next; 0: as soon as it can.", seconds(status.Next[name]), "tenant", name)
	a.gauge("trailguard_run_in_progress", "1 while the tenant is scanned.", truth(!status.Current[name].Started.IsZero()), "tenant", name)
	a.gauge("trailguard_run_duration_seconds", "How long the last run took.", f.Took.Seconds(), "tenant", name)
	for _, outcome := range Outcomes() {
		a.counter("trailguard_runs_total", "Runs of this process that ended, by what they came to.", float64(f.Outcomes[outcome]), "outcome", outcome, "tenant", name)
	}
	a.counter("trailguard_runs_skipped_total", "Runs that were left out because the one before still went on.", float64(f.Skipped), "tenant", name)
	a.counter("trailguard_requests_total", "Requests to Immuta and AWS.", float64(f.Requests), "tenant", name)
	a.counter("trailguard_retries_total", "Requests among them that were sent again.", float64(f.Retries), "tenant", name)
	a.counter("trailguard_retry_wait_seconds_total", "How long requests waited to be sent again, throttled ones among them.", f.Waited.Seconds(), "tenant", name)
}

// read adds the figures of a tenant's latest report.
func (s *Site) read(all families, tenant string) error {
	file, _, err := s.Open(tenant, MetricsName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	parser := expfmt.NewTextParser(model.LegacyValidation)
	read, err := parser.TextToMetricFamilies(file)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", MetricsName, tenant, err)
	}
	for name, family := range read {
		if known := all[name]; known != nil {
			known.Metric = append(known.Metric, family.Metric...)
		} else {
			all[name] = family
		}
	}
	return nil
}

func (a families) gauge(name, help string, value float64, labels ...string) {
	a.add(name, help, dto.MetricType_GAUGE, &dto.Metric{Gauge: &dto.Gauge{Value: &value}}, labels)
}

func (a families) counter(name, help string, value float64, labels ...string) {
	a.add(name, help, dto.MetricType_COUNTER, &dto.Metric{Counter: &dto.Counter{Value: &value}}, labels)
}

// add adds a series with labels, which are names and values by turns.
func (a families) add(name, help string, kind dto.MetricType, m *dto.Metric, labels []string) {
	for pair := range slices.Chunk(labels, 2) {
		m.Label = append(m.Label, &dto.LabelPair{Name: &pair[0], Value: &pair[1]})
	}
	if a[name] == nil {
		a[name] = &dto.MetricFamily{Name: &name, Help: &help, Type: &kind}
	}
	a[name].Metric = append(a[name].Metric, m)
}

// seconds is a time as metrics have it; 0: it is not known.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
