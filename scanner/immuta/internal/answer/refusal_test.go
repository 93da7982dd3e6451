package answer

import "testing"

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
		answer, ok := Parse([]byte(test.body))
		if !ok {
			t.Fatal(test.name)
		}
		if got := answer.RefusesQuery(test.status); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
