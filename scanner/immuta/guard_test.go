package immuta

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/machinebox/graphql"

	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
)

func TestOnlyQueriesLeave(t *testing.T) {
	var reached atomic.Int32
	source := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }), nil)
	post := func(method, url, body string) error {
		req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := source.http.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	request := func(query string) string {
		body, _ := json.Marshal(map[string]string{"query": query})
		return string(body)
	}
	for _, body := range []string{
		request(`mutation { deleteExportConfiguration(id: "x") { id } }`),
		request(`query a { x } mutation b { y }`),
		request("#query\nmutation { x }"),
		request("\ufeffmutation { x }"),
		request(`subscription { x }`),
		request(`fragment f on T { x }`),
		request(`{ x `),
		request(``),
		`{"query":"{ x }","query":"mutation { x }"}`,
		`{"query":"{ x }","Query":"mutation { x }"}`,
		`{"query":"{ x }","operationName":"b","extensions":{}}`,
		`[{"query":"mutation { x }"}]`,
		`{"query":"{ x }"} {"query":"mutation { x }"}`,
		`{"query":7}`,
		`{"variables":{}}`,
		`null`,
		``,
		"mutation { x }",
	} {
		if err := post(http.MethodPost, source.url+transport.GraphQLPath, body); err == nil || !strings.Contains(err.Error(), "not a query") {
			t.Errorf("%s: %v", body, err)
		}
	}
	query := request(`{ x }`)
	for method, url := range map[string]string{
		http.MethodGet:    source.url + transport.GraphQLPath,
		http.MethodDelete: source.url + transport.ExchangePath,
		http.MethodPost:   source.url + transport.GraphQLPath + "?query=mutation{x}",
		http.MethodPut:    source.url + "/elsewhere",
	} {
		if err := post(method, url, query); err == nil || !strings.Contains(err.Error(), "not the tenant's") {
			t.Errorf("%s %s: %v", method, url, err)
		}
	}
	if err := post(http.MethodPost, "http://127.0.0.1:1"+transport.GraphQLPath, query); err == nil || !strings.Contains(err.Error(), "not the tenant's") {
		t.Errorf("another host: %v", err)
	}
	if err := source.graphql.Run(context.Background(), graphql.NewRequest(`mutation { x }`), nil); err == nil {
		t.Error("the client itself can send a mutation")
	}
	source.http.CloseIdleConnections()
	if reached.Load() > 0 {
		t.Errorf("%d requests reached the tenant", reached.Load())
	}
}
