package immuta

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/machinebox/graphql"
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
		if err := post(http.MethodPost, source.url+graphqlPath, body); err == nil || !strings.Contains(err.Error(), "not a query") {
			t.Errorf("%s: %v", body, err)
		}
	}
	query := request(`{ x }`)
	for method, url := range map[string]string{
		http.MethodGet:    source.url + graphqlPath,
		http.MethodDelete: source.url + exchangePath,
		http.MethodPost:   source.url + graphqlPath + "?query=mutation{x}",
		http.MethodPut:    source.url + "/elsewhere",
	} {
		if err := post(method, url, query); err == nil || !strings.Contains(err.Error(), "not the tenant's") {
			t.Errorf("%s %s: %v", method, url, err)
		}
	}
	if err := post(http.MethodPost, "http://127.0.0.1:1"+graphqlPath, query); err == nil || !strings.Contains(err.Error(), "not the tenant's") {
		t.Errorf("another host: %v", err)
	}
	if err := source.graphql.Run(context.Background(), graphql.NewRequest(`mutation { x }`), nil); err == nil {
		t.Error("the client itself can send a mutation")
	}
	source.idle()
	if reached.Load() > 0 {
		t.Errorf("%d requests reached the tenant", reached.Load())
	}
}

func TestEveryQueryIsSent(t *testing.T) {
	queries := []string{typeQuery}
	for _, step := range steps() {
		queries = append(queries, step.query())
	}
	for _, query := range queries {
		body, _ := json.Marshal(map[string]string{"query": query})
		if !onlyQueries(body) {
			t.Errorf("refused: %s", query)
		}
		for _, name := range []string{"accessKeyId", "secret", "sasToken"} {
			if bytes.Contains(body, []byte(name)) {
				t.Errorf("asks for %s: %s", name, query)
			}
		}
	}
}

// How the common servers word it when they refuse a query, and when they fail
// in answering one.
func TestRefusedQueryIsToldFromFailure(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   bool
	}{
		{"graphql-js", 400, `{"errors":[{"message":"Cannot query field \"roleArn\" on type \"X\".","locations":[{"line":1,"column":2}]}]}`, true},
		{"Apollo", 400, `{"errors":[{"message":"Unknown type \"X\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`, true},
		{"graphql-java", 200, `{"errors":[{"message":"Validation error (FieldUndefined@[x])","extensions":{"classification":"ValidationError"}}],"data":null}`, true},
		{"graphql-ruby", 200, `{"errors":[{"message":"Field 'x' doesn't exist on type 'Y'","path":["query","x"],"locations":[{}],"extensions":{"code":"undefinedField"}}]}`, true},
		{"bare 400", 400, `{"errors":[{"message":"no"}]}`, true},
		{"empty data", 200, `{"data":{},"errors":[{"message":"no","locations":[{"line":1}]}]}`, true},
		{"resolver failed", 200, `{"data":null,"errors":[{"message":"database is down","path":["getAllExportConfigurations"],"locations":[{"line":1}]}]}`, false},
		{"internal code", 200, `{"errors":[{"message":"oops","locations":[{"line":1}],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, false},
		{"nothing known", 200, `{"errors":[{"message":"oops"}]}`, false},
		{"one of two", 200, `{"errors":[{"message":"Unknown type"},{"message":"oops","path":["x"]}]}`, false},
		{"with data", 200, `{"data":{"getAllExportConfigurations":null},"errors":[{"message":"Unknown type"}]}`, false},
	} {
		answer, ok := parseAnswer([]byte(test.body))
		if !ok {
			t.Fatal(test.name)
		}
		answer.status = test.status
		if got := answer.refusedQuery(); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
