package immuta

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/trailguard/trailguard/scanner"
)

// List returns the tenant and a record for each export configuration, sorted
// by id. What could not be told apart or read is a gap, and the tenant is then
// not complete. The error is an *Error; the tenant that comes with it holds
// the same as a gap.
func (s *Source) List(ctx context.Context) (scanner.Tenant, []scanner.Record, error) {
	defer s.idle()
	list, err := s.fetch(ctx)
	if err != nil {
		tenant := scanner.Tenant{Name: s.o.Name, URL: s.url, ConfigurationIDs: []string{}, Principals: []string{}, Gaps: []scanner.Gap{}}
		if e, ok := errors.AsType[*Error](err); ok {
			tenant.Gaps = append(tenant.Gaps, e.Gap(s.url))
		}
		return tenant, nil, err
	}
	tenant, records := s.complete(list)
	return tenant, records, nil
}

func (s *Source) complete(list *listing) (scanner.Tenant, []scanner.Record) {
	list.tenant, list.url, list.at = s.o.Name, s.url, s.o.Now()
	list.hints, list.scrub = s.o.Hints, s.scrub
	return list.build()
}

// Check asks the cheapest query that needs everything a scan needs: the URL,
// the key, the AUDIT permission. It returns how many configurations there are.
func (s *Source) Check(ctx context.Context) (int, error) {
	defer s.idle()
	only := selection{name: "check", fields: plain("id")}
	list, err := s.ask(ctx, &only)
	if err != nil {
		return 0, s.explain(err)
	}
	return len(list.items), nil
}

// fetch asks for the fullest list that the tenant will give.
func (s *Source) fetch(ctx context.Context) (*listing, error) {
	var refusals []*answerError
	chosen, err := s.introspect(ctx)
	if err != nil {
		return nil, err
	}
	tries := steps()
	if chosen != nil {
		tries = append([]selection{*chosen}, tries...)
	}
	for i := range tries {
		list, err := s.ask(ctx, &tries[i])
		refusal, refused := errors.AsType[*answerError](err)
		switch {
		case err == nil:
			if len(refusals) > 0 {
				list.leftOut = "the tenant refused the query that asks for it: " + s.scrub.quote(refusals[0].text())
			}
			return list, nil
		case !refused || !refusal.refusedQuery():
			return nil, s.explain(err)
		}
		s.o.Logger.InfoContext(ctx, "immuta refused a query, asking for less", slog.String("tenant", s.o.Name),
			slog.String("query", tries[i].name), slog.String("answer", s.scrub.quote(refusal.text())))
		refusals = append(refusals, refusal)
	}
	return nil, s.refusedAll(refusals)
}

func (s *Source) refusedAll(refusals []*answerError) error {
	first, last := refusals[0], refusals[len(refusals)-1]
	return &Error{
		Op: "list export configurations", URL: s.url, Kind: KindRejected, Status: first.status, RequestID: first.requestID,
		Detail: s.scrub.quote("refused every known form of the query: " + last.text() +
			": this schema is not known; save the answer of a query that works and pass it with --exports"),
	}
}

// ask sends one form of the query.
func (s *Source) ask(ctx context.Context, chosen *selection) (*listing, error) {
	data, err := s.query(ctx, chosen.name, chosen.query(), nil)
	return s.understand(chosen, data, err)
}

// understand takes the list out of an answer. Errors beside a list make it
// partial; errors without one are the error.
func (s *Source) understand(chosen *selection, data json.RawMessage, err error) (*listing, error) {
	answer, partial := errors.AsType[*answerError](err)
	if err != nil && !partial {
		return nil, err
	}
	var root map[string]json.RawMessage
	_ = json.Unmarshal(data, &root) // data that is no object has no list
	var items []json.RawMessage
	raw, present := root["getAllExportConfigurations"]
	isList := json.Unmarshal(raw, &items) == nil && items != nil
	switch {
	case !isList && partial:
		return nil, answer
	case !present:
		return nil, s.malformed("answered without the list that was asked for: that is not the same as no configurations; check the url")
	case !isList:
		return nil, s.malformed("answered something that is no list of configurations, such as null: that is not the same as none; look into the audit service's log")
	}
	list := &listing{items: items, leftOut: chosen.leftOut}
	if partial {
		list.trouble = append(list.trouble, trouble{
			reason: scanner.ReasonMalformed,
			detail: "answered with errors beside the data: " + s.scrub.quote(answer.text()), requestID: answer.requestID,
		})
	}
	return list, nil
}

func (s *Source) malformed(detail string) error {
	return &Error{Op: "list export configurations", URL: s.url, Kind: KindMalformed, Status: 200, Detail: detail}
}
