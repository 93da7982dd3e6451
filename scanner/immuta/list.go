package immuta

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/listing"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
)

// List returns the tenant and a record for each export configuration, sorted by
// id. Configurations that could not be identified or read are gaps, and the
// tenant is then not complete. The error is an *Error. The tenant returned with
// it holds the same failure as a gap.
func (s *Source) List(ctx context.Context) (scanner.Tenant, []scanner.Record, error) {
	defer s.http.CloseIdleConnections()
	list, err := s.fetch(ctx)
	if err != nil {
		tenant := scanner.Tenant{Name: s.o.Name, URL: s.url, ConfigurationIDs: []string{}, Principals: []string{}, Gaps: []scanner.Gap{}}
		if e, ok := errors.AsType[*Error](err); ok {
			tenant.Gaps = append(tenant.Gaps, e.Gap(s.url))
		}
		return tenant, nil, err
	}
	tenant, records := list.Build(listing.Source{Tenant: s.o.Name, URL: s.url, At: s.o.Now(), Hints: s.o.Hints, Scrub: s.scrub})
	return tenant, records, nil
}

// fetch asks for the fullest list that the tenant provides.
func (s *Source) fetch(ctx context.Context) (*listing.List, error) {
	tries := query.Steps()
	chosen, err := s.introspect(ctx)
	switch {
	case err != nil:
		return nil, err
	case chosen != nil:
		tries = append([]query.Selection{*chosen}, tries...)
	}
	var refusals []*Error
	for i := range tries {
		list, err := s.ask(ctx, &tries[i])
		refusal, _ := errors.AsType[*Error](err)
		switch {
		case err == nil:
			if len(refusals) > 0 {
				list.LeftOut = "the tenant refused the query that asks for it: " + s.scrub.Said(refusals[0].Answer.Message())
			}
			return list, nil
		case refusal == nil || refusal.Answer == nil || !refusal.Answer.RefusesQuery(refusal.Status):
			return nil, err
		}
		refusals = append(refusals, refusal)
	}
	return nil, s.refusedAll(refusals)
}

func (s *Source) refusedAll(refusals []*Error) error {
	first, last := refusals[0], refusals[len(refusals)-1]
	return &Error{
		Op: "list export configurations", URL: s.url, Kind: failure.Rejected, Status: first.Status, RequestID: first.RequestID,
		Detail: s.scrub.Quote("refused every known form of the query: " + s.scrub.Said(last.Answer.Message()) +
			": this schema is not known; save the answer of a query that works and pass it with --exports"),
	}
}

// introspect makes the fullest query that the tenant's schema allows. It
// returns nil where the schema says too little. The error means that the tenant
// cannot be asked at all.
func (s *Source) introspect(ctx context.Context) (*query.Selection, error) {
	configuration, err := s.describe(ctx, "ExportConfiguration")
	if configuration == nil || err != nil {
		return nil, err
	}
	chosen := query.Choose(configuration)
	name := query.EndpointType(configuration)
	if chosen == nil || name == "" {
		return chosen, nil
	}
	endpoint, err := s.describe(ctx, name)
	if endpoint == nil || err != nil {
		return nil, err // the query in its fixed forms may still work
	}
	chosen.AddEndpoint(endpoint)
	return chosen, nil
}

// describe asks for one type of the schema. It returns nil where the tenant
// does not describe it.
func (s *Source) describe(ctx context.Context, name string) (*query.Type, error) {
	data, err := s.query(ctx, "introspection", query.TypeQuery, map[string]string{"name": name})
	switch failure.KindOf(err) {
	case failure.Unauthorized, failure.Timeout, failure.Unreachable, failure.Throttled, failure.Interrupted, failure.Configured, failure.TooLarge:
		return nil, err // the next query would fail in the same way
	default:
		if err != nil {
			return nil, nil //nolint:nilerr // a tenant may refuse introspection in any way: the query itself decides
		}
	}
	return query.ParseType(data, name), nil
}

// ask sends one form of the query.
func (s *Source) ask(ctx context.Context, chosen *query.Selection) (*listing.List, error) {
	ctx, id := transport.Noting(ctx)
	data, err := s.query(ctx, query.Operation, chosen.Query(), nil)
	list, err := s.understand(chosen, data, err)
	if err == nil {
		list.RequestID = *id
	}
	return list, err
}

// understand takes the list out of an answer. Errors beside a list make it
// partial. Errors without a list are returned as the error.
func (s *Source) understand(chosen *query.Selection, data json.RawMessage, err error) (*listing.List, error) {
	rejected, _ := errors.AsType[*Error](err)
	partial := rejected != nil && rejected.Answer != nil
	switch {
	case partial:
		data = rejected.Answer.Data
	case err != nil:
		return nil, err
	}
	var items []json.RawMessage
	raw, present := answer.Object(data)[query.Operation]
	isList := json.Unmarshal(raw, &items) == nil && items != nil
	switch {
	case !isList && partial:
		return nil, err
	case !present:
		return nil, s.malformed("answered without the list that was asked for: that is not the same as no configurations; check the url")
	case !isList:
		return nil, s.malformed("answered something that is no list of configurations, such as null: that is not the same as none; look into the audit service's log")
	}
	list := &listing.List{Items: items, LeftOut: chosen.LeftOut}
	if partial {
		list.Incomplete(listing.Trouble{
			Detail:    "answered with errors beside the data: " + s.scrub.Said(rejected.Answer.Message()),
			RequestID: rejected.RequestID,
		})
	}
	return list, nil
}

func (s *Source) malformed(detail string) error {
	return &Error{Op: "list export configurations", URL: s.url, Kind: failure.Malformed, Status: http.StatusOK, Detail: detail}
}
