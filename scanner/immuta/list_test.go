package immuta

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
)

func TestListOfAWholeSchema(t *testing.T) {
	for _, schema := range []struct{ name, text string }{{"union", schemaFull}, {"interface", schemaInterface}} {
		for _, refused := range []bool{false, true} {
			t.Run(schema.name, func(t *testing.T) {
				fake := newFake(t, schema.text, refused, roleConfiguration(), keyConfiguration(), adlsConfiguration())
				source := serve(t, fake, func(o *Options) {
					o.Hints = map[string]scanner.ExportHint{"b-key": {UserARN: "arn:aws:iam::111111111111:user/exporter"}}
				})
				tenant, records := mustList(t, source)
				if diff := cmp.Diff([]string{"a-adls", "b-key", "c-role"}, tenant.ConfigurationIDs); diff != "" || !tenant.Complete {
					t.Errorf("tenant %+v: %s", tenant, diff)
				}
				want := []scanner.Endpoint{
					{TypeName: query.TypeSASToken, Type: scanner.EndpointADLS, Authentication: scanner.AuthenticationSASToken, StorageAccount: "store", FileSystem: "audit", Path: "immuta"},
					{TypeName: query.TypeAccessKey, Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAccessKey, Bucket: "audit-b", Region: "eu-west-1", UserARN: "arn:aws:iam::111111111111:user/exporter"},
					{
						TypeName: query.TypeAssumedRole, Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: "audit-a", Path: "immuta/", Region: "us-east-1",
						RoleARN: "arn:aws:iam::111111111111:role/audit", RoleARNSource: "immuta",
					},
				}
				for i, record := range records {
					if diff := cmp.Diff(want[i], record.Configuration.Endpoint); diff != "" {
						t.Error(diff)
					}
					if len(record.Gaps)+len(record.Configuration.Missing) > 0 {
						t.Errorf("%s lacks %v: %v", record.Configuration.ID, record.Configuration.Missing, record.Gaps)
					}
				}
			})
		}
	}
}

func TestEvidenceIsTheConfiguration(t *testing.T) {
	source := serve(t, newFake(t, schemaFull, false, roleConfiguration()), nil)
	_, records := mustList(t, source)
	evidence := records[0].Evidence[0]
	want := `{"tenant":"acme","id":"c-role","enabled":true,"interval":"EVERY_12_HOURS","connectionStatus":"SUCCESS",` +
		`"endpoint":{"typeName":"S3AssumedRoleEndpointConfiguration","type":"s3","authentication":"assumedRole","bucket":"audit-a","path":"immuta/",` +
		`"region":"us-east-1","roleArn":"arn:aws:iam::111111111111:role/audit","roleArnSource":"immuta"},"createdAt":"2026-01-02T03:04:05Z","createdBy":"12"}`
	if diff := cmp.Diff(want, evidence.Text); diff != "" {
		t.Error(diff)
	}
	if evidence.Resource != source.url+"#c-role" || evidence.Kind != document.KindConfiguration || !evidence.CollectedAt.Equal(testTime) {
		t.Errorf("evidence %+v", evidence)
	}
	var back scanner.ExportConfiguration
	if err := json.Unmarshal([]byte(evidence.Text), &back); err != nil || !cmp.Equal(back, records[0].Configuration) {
		t.Errorf("the evidence does not read back: %v", err)
	}
}

// The strict schemas here are those of the versions; what a version does not
// have becomes a gap and never a default.
func TestStepDown(t *testing.T) {
	withoutARN := roleConfiguration()
	withoutARN.ConnectionStatus = ptr(trustError)
	for _, test := range []struct {
		name, schema string
		queries      int // with introspection refused
		missing      []string
		gaps         []string
		endpoint     scanner.Endpoint
	}{
		{"full", schemaFull, 1, nil, nil, scanner.Endpoint{RoleARN: "arn:aws:iam::111111111111:role/audit", RoleARNSource: "immuta", Bucket: "audit-a"}},
		{"without roleArn", schemaNoARN, 2, nil, nil, scanner.Endpoint{RoleARN: "arn:aws:iam::111111111111:role/audit", RoleARNSource: "status", Bucket: "audit-a"}},
		{"without ADLS", schemaNoADLS, 3, nil, nil, scanner.Endpoint{RoleARN: "arn:aws:iam::111111111111:role/audit", RoleARNSource: "status", Bucket: "audit-a"}},
		{"legacy", schemaLegacy, 4, []string{"connectionStatus"}, []string{"authentication", "connectionStatus"}, scanner.Endpoint{Bucket: "audit-a"}},
		{
			"type name only", schemaTypeName, 5,
			[]string{"createdAt", "createdBy", "endpoint", "region", "updatedAt", "updatedBy"},
			nil,
			scanner.Endpoint{RoleARN: "arn:aws:iam::111111111111:role/audit", RoleARNSource: "status"},
		},
		{"status only", schemaStatus, 6, []string{"createdAt", "createdBy", "enabled", "endpoint", "interval", "updatedAt", "updatedBy"}, nil, scanner.Endpoint{}},
	} {
		for _, refused := range []bool{false, true} {
			name := test.name + "/introspected"
			if refused {
				name = test.name + "/refused"
			}
			t.Run(name, func(t *testing.T) {
				fake := newFake(t, test.schema, refused, withoutARN)
				tenant, records := mustList(t, serve(t, fake, nil))
				if !tenant.Complete || len(records) != 1 {
					t.Fatalf("tenant %+v, %d records", tenant, len(records))
				}
				lists := slices.DeleteFunc(slices.Clone(fake.asked), func(q string) bool { return strings.Contains(q, "__type(") })
				if want := map[bool]int{false: 1, true: test.queries}[refused]; len(lists) != want {
					t.Errorf("%d list queries, want %d: %q", len(lists), want, lists)
				}
				c := records[0].Configuration
				if diff := cmp.Diff(test.missing, c.Missing); diff != "" {
					t.Errorf("missing: %s", diff)
				}
				gaps := test.gaps
				if gaps == nil {
					gaps = test.missing
				}
				var names []string
				for _, gap := range records[0].Gaps {
					names = append(names, gap.Name)
					if gap.Detail == "" || gap.Kind != document.KindConfiguration || gap.Resource != records[0].Evidence[0].Resource {
						t.Errorf("gap %+v", gap)
					}
				}
				if diff := cmp.Diff(gaps, names); diff != "" {
					t.Errorf("gaps: %s", diff)
				}
				got := scanner.Endpoint{RoleARN: c.Endpoint.RoleARN, RoleARNSource: c.Endpoint.RoleARNSource, Bucket: c.Endpoint.Bucket}
				if diff := cmp.Diff(test.endpoint, got); diff != "" {
					t.Errorf("endpoint: %s", diff)
				}
			})
		}
	}
}

func TestTypeNameAloneStillClassifies(t *testing.T) {
	_, records := mustList(t, serve(t, newFake(t, schemaTypeName, true, roleConfiguration()), nil))
	e := records[0].Configuration.Endpoint
	if e.Type != scanner.EndpointS3 || e.Authentication != scanner.AuthenticationAssumedRole || e.Bucket != "" {
		t.Errorf("endpoint %+v", e)
	}
}

func TestADLSLeftOutIsAGapOfThatExportAlone(t *testing.T) {
	// A schema whose ADLS type has other names for everything.
	schema := strings.Replace(schemaNoARN, "{ storageAccount: String! fileSystem: String! path: String! }", "{ path: String! }", 1)
	_, records := mustList(t, serve(t, newFake(t, schema, true, roleConfiguration(), adlsConfiguration()), nil))
	adls := records[0].Configuration
	if adls.Endpoint.Type != scanner.EndpointADLS || !slices.Contains(adls.Missing, "endpoint") {
		t.Errorf("ADLS: %+v", adls)
	}
	if role := records[1].Configuration; role.Endpoint.Bucket != "audit-a" || len(role.Missing) > 0 {
		t.Errorf("role: %+v", role)
	}
}

func TestEveryFormRefused(t *testing.T) {
	_, _, err := serve(t, newFake(t, schemaForeign, true, roleConfiguration()), nil).List(context.Background())
	if failure.KindOf(err) != failure.Rejected || !strings.Contains(err.Error(), "refused every known form") || !strings.Contains(err.Error(), "connectionStatus") {
		t.Errorf("error %v", err)
	}
}

func TestAliasesPreventConflicts(t *testing.T) {
	fake := newFake(t, schemaFull, false)
	naive := `{ getAllExportConfigurations { endpointConfiguration {
 ... on S3AccessKeyEndpointConfiguration { path } ... on AdlsSasTokenEndpointConfiguration { path } } } }`
	if errs := fake.schema.Validate(naive); len(errs) == 0 {
		t.Fatal("the schema accepts fields of differing nullability under one name: this test proves nothing")
	}
	full := query.Steps()[0]
	if errs := fake.schema.Validate(full.Query()); len(errs) > 0 {
		t.Errorf("%s: %v", full.Query(), errs)
	}
}

// A schema of types nobody knows: what it has of ours is read, and the type
// stays what it is called.
func TestUnknownTypesStayWhatTheyAre(t *testing.T) {
	body := `{"data":{"getAllExportConfigurations":[{"id":"x","interval":"EVERY_3_FORTNIGHTS","enabled":true,"connectionStatus":"SORT_OF",
"createdAt":null,"createdBy":null,"updatedAt":null,"updatedBy":null,"endpointConfiguration":{"__typename":"GcsEndpointConfiguration","bucket":"b"}}]}}`
	_, records := mustList(t, serve(t, listingBody(body), nil))
	c := records[0].Configuration
	if c.Interval != "EVERY_3_FORTNIGHTS" || c.ConnectionStatus != "SORT_OF" || c.Endpoint.TypeName != "GcsEndpointConfiguration" ||
		c.Endpoint.Type != scanner.EndpointOther || c.Endpoint.Authentication != scanner.AuthenticationUnknown {
		t.Errorf("configuration %+v", c)
	}
	if diff := cmp.Diff([]string{"createdAt"}, c.Missing); diff != "" {
		t.Error(diff)
	}
}

func TestSchemaNamesCannotBecomeSyntax(t *testing.T) {
	fake := newFake(t, schemaFull, true, roleConfiguration())
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Pass") == "" && len(fake.asked) == 0 {
			fake.asked = append(fake.asked, "schema")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"data":{"__type":{"kind":"OBJECT","name":"ExportConfiguration","fields":[
{"name":"id","type":{"kind":"SCALAR","name":"ID"}},
{"name":"endpointConfiguration","type":{"kind":"UNION","name":"X { a } } mutation Y { z"}}]}}}`))
			return
		}
		fake.ServeHTTP(w, r)
	})
	mustList(t, serve(t, handler, nil))
	for _, query := range fake.asked {
		if strings.Contains(query, "mutation") {
			t.Errorf("sent %q", query)
		}
	}
}

func TestEmptyTenant(t *testing.T) {
	tenant, records := mustList(t, serve(t, newFake(t, schemaFull, false), nil))
	if !tenant.Complete || len(records) != 0 || tenant.ConfigurationIDs == nil || tenant.Gaps == nil {
		t.Errorf("tenant %+v, records %v", tenant, records)
	}
}
