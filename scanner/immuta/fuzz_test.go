package immuta

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/listing"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
	"github.com/trailguard/trailguard/scanner/redact"
)

func seeds(f *testing.F) {
	for _, text := range []string{
		`{"data":{"getAllExportConfigurations":[` + one + `]}}`,
		`{"data":{"getAllExportConfigurations":[` + one + `,` + one + `,null,{}]},"errors":[{"message":"x"}]}`,
		`{"data":{"__type":{"kind":"OBJECT","name":"ExportConfiguration","fields":[{"name":"id","type":{"kind":"SCALAR"}}]}}}`,
		`{"errors":[{"message":"Unknown type","extensions":{"code":"X"}}],"data":null}`,
		`{"data":{"getAllExportConfigurations":[{"id":1,"createdAt":1e12,"connectionStatus":"` + trustError + `","endpointConfiguration":{"bucket":"b","secret":{"a":[1]}}}]}}`,
		documented, `null`, `[]`, `[,]`, "\xFF\xFE[\x00]\x00", `{"items":[],"count":2}`,
	} {
		f.Add([]byte(text))
	}
}

// holds checks what must be so whatever was read.
func holds(t *testing.T, tenant scanner.Tenant, records []scanner.Record) {
	if tenant.Complete != (len(tenant.Gaps) == 0) {
		t.Errorf("complete %v with gaps %v", tenant.Complete, tenant.Gaps)
	}
	if !slices.IsSorted(tenant.ConfigurationIDs) || len(slices.Compact(slices.Clone(tenant.ConfigurationIDs))) != len(records) {
		t.Errorf("ids %q of %d records", tenant.ConfigurationIDs, len(records))
	}
	for i, record := range records {
		c := record.Configuration
		if c.ID == "" || c.ID != tenant.ConfigurationIDs[i] {
			t.Errorf("id %q", c.ID)
		}
		var back scanner.ExportConfiguration
		if err := json.Unmarshal([]byte(record.Evidence[0].Text), &back); err != nil || !cmp.Equal(back, c) {
			t.Errorf("%s does not read back: %v", record.Evidence[0].Text, err)
		}
		for _, name := range c.Missing {
			if _, ok := record.FindGap(document.KindConfiguration, "", name); !ok {
				t.Errorf("%s is missing without a gap", name)
			}
		}
		if c.Endpoint.Type == scanner.EndpointS3 && c.Endpoint.Bucket == "" && !slices.Contains(c.Missing, "endpoint") {
			t.Errorf("an S3 endpoint without a bucket passes: %+v", c)
		}
	}
}

// stub is a tenant without a network.
type stub func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (s stub) RoundTrip(req *http.Request) (*http.Response, error) { return s(req) }

// FuzzAnswer reads an answer as List does, short of the network.
func FuzzAnswer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		source, err := New(Options{Name: "acme", URL: "http://localhost:1", Key: redact.NewSecret(testKey), Now: func() time.Time { return testTime }})
		if err != nil {
			t.Fatal(err)
		}
		source.http.Transport = transport.Guard(stub(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(bytes.NewReader(body)),
			}, nil
		}), source.url, source.scrub, source.o.Now)
		full := query.Steps()[0]
		data, err := source.send(t.Context(), "fuzz", full.Query(), nil, source.o.Key)
		if err == nil {
			fuzzSchema(t, data)
		}
		list, err := source.understand(&full, data, err)
		if err == nil {
			tenant, records := list.Build(listing.Source{Tenant: "acme", URL: source.url, At: testTime, Scrub: source.scrub})
			holds(t, tenant, records)
		} else if failure.KindOf(err) == "" || strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Errorf("error %q", err)
		}
	})
}

// fuzzSchema makes a query of whatever calls itself a schema: it must be a
// query that the guard lets out.
func fuzzSchema(t *testing.T, data json.RawMessage) {
	described := query.ParseType(data, "ExportConfiguration")
	if described == nil {
		return
	}
	chosen := query.Choose(described)
	if chosen == nil {
		return
	}
	chosen.AddEndpoint(described)
	body, err := json.Marshal(map[string]string{"query": chosen.Query()})
	if err != nil {
		t.Fatal(err)
	}
	const url = "http://localhost:1"
	sent := errors.New("sent")
	guard := transport.Guard(stub(func(*http.Request) (*http.Response, error) { return nil, sent }), url, &redact.Scrubber{}, time.Now)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+transport.GraphQLPath, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guard.RoundTrip(req); !errors.Is(err, sent) {
		t.Errorf("a schema makes %q: %v", chosen.Query(), err)
	}
}

func FuzzFile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		tenant, records, err := ParseFile(bytes.NewReader(text), FileOptions{Name: "f", Tenant: "acme", At: testTime})
		if err != nil {
			if records != nil || strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("error %q", err)
			}
			return
		}
		holds(t, tenant, records)
	})
}
