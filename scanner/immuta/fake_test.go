package immuta

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	gql "github.com/graph-gophers/graphql-go"
	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
	"github.com/trailguard/trailguard/scanner/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "846e9e43c86a4c71be14290d95127d13"

var testTime = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

const (
	trustError = "Error testing access to S3 using AssumedRole arn:aws:iam::111111111111:role/audit - " +
		"User: arn:aws:iam::222222222222:role/immuta-exporter is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/audit"

	root = `schema { query: Query } type User { id: ID! } `

	configurationType = `type Query { getAllExportConfigurations: [ExportConfiguration!]! }
type ExportConfiguration { id: ID! interval: Interval enabled: Boolean! connectionStatus: String endpointConfiguration: EndpointConfiguration!
  createdAt: String createdBy: User updatedAt: String updatedBy: User }
enum Interval { EVERY_2_HOURS EVERY_12_HOURS } `
	accessKeyType = `type S3AccessKeyEndpointConfiguration { bucket: String path: String region: String } `
	roleType      = `type S3AssumedRoleEndpointConfiguration { bucket: String! path: String region: String! } `
	roleTypeARN   = `type S3AssumedRoleEndpointConfiguration { bucket: String! path: String region: String! roleArn: String } `
	adlsType      = `type AdlsSasTokenEndpointConfiguration { storageAccount: String! fileSystem: String! path: String! } `

	schemaFull = root + configurationType + accessKeyType + roleTypeARN + adlsType +
		`union EndpointConfiguration = S3AccessKeyEndpointConfiguration | S3AssumedRoleEndpointConfiguration | AdlsSasTokenEndpointConfiguration`
	schemaNoARN = root + configurationType + accessKeyType + roleType + adlsType +
		`union EndpointConfiguration = S3AccessKeyEndpointConfiguration | S3AssumedRoleEndpointConfiguration | AdlsSasTokenEndpointConfiguration`
	schemaNoADLS = root + configurationType + accessKeyType + roleType +
		`union EndpointConfiguration = S3AccessKeyEndpointConfiguration | S3AssumedRoleEndpointConfiguration`
	schemaInterface = root + configurationType + `interface EndpointConfiguration { path: String }
type S3AccessKeyEndpointConfiguration implements EndpointConfiguration { bucket: String path: String region: String }
type S3AssumedRoleEndpointConfiguration implements EndpointConfiguration { bucket: String! path: String region: String! roleArn: String }
type AdlsSasTokenEndpointConfiguration implements EndpointConfiguration { storageAccount: String! fileSystem: String! path: String! }`
	schemaLegacy = root + `type Query { getAllExportConfigurations: [ExportConfiguration!]! }
type ExportConfiguration { id: ID! interval: Interval enabled: Boolean! endpointConfiguration: S3EndpointConfiguration!
  createdAt: String createdBy: User updatedAt: String updatedBy: User }
enum Interval { EVERY_2_HOURS EVERY_12_HOURS }
type S3EndpointConfiguration { bucket: String! path: String region: String }`
	schemaTypeName = root + `type Query { getAllExportConfigurations: [ExportConfiguration!]! }
type ExportConfiguration { id: ID! interval: Interval enabled: Boolean! connectionStatus: String endpointConfiguration: S3AssumedRoleEndpointConfiguration! }
enum Interval { EVERY_2_HOURS EVERY_12_HOURS }
type S3AssumedRoleEndpointConfiguration { arn: String }`
	schemaStatus = root + `type Query { getAllExportConfigurations: [ExportConfiguration!]! }
type ExportConfiguration { id: ID! connectionStatus: String }`
	schemaForeign = root + `type Query { getAllExportConfigurations: [ExportConfiguration!]! }
type ExportConfiguration { id: ID! }`
)

type fakeUser struct{ ID gql.ID }

type (
	fakeAccessKey struct{ Bucket, Path, Region *string }
	fakeRole      struct {
		Bucket       string
		Path         *string
		Region       string
		RoleArn, Arn *string
	}
	fakeADLS struct{ StorageAccount, FileSystem, Path string }
)

// fakeEndpoint resolves the union, the interface and, through its own fields,
// the object types of the schemas.
type fakeEndpoint struct {
	accessKey *fakeAccessKey
	role      *fakeRole
	adls      *fakeADLS
	Bucket    string
	Path      *string
	Region    *string
	Arn       *string
}

func (e *fakeEndpoint) ToS3AccessKeyEndpointConfiguration() (*fakeAccessKey, bool) {
	return e.accessKey, e.accessKey != nil
}

func (e *fakeEndpoint) ToS3AssumedRoleEndpointConfiguration() (*fakeRole, bool) {
	return e.role, e.role != nil
}

func (e *fakeEndpoint) ToAdlsSasTokenEndpointConfiguration() (*fakeADLS, bool) {
	return e.adls, e.adls != nil
}

type fakeConfiguration struct {
	ID                    gql.ID
	Interval              *string
	Enabled               bool
	ConnectionStatus      *string
	CreatedAt, UpdatedAt  *string
	CreatedBy, UpdatedBy  *fakeUser
	EndpointConfiguration *fakeEndpoint
}

type fakeRoot struct{ GetAllExportConfigurations []*fakeConfiguration }

func ptr[T any](v T) *T { return &v }

func roleConfiguration() *fakeConfiguration {
	return &fakeConfiguration{
		ID: "c-role", Interval: ptr("EVERY_12_HOURS"), Enabled: true, ConnectionStatus: ptr("SUCCESS"),
		CreatedAt: ptr("2026-01-02T03:04:05Z"), CreatedBy: &fakeUser{"12"},
		EndpointConfiguration: &fakeEndpoint{
			role:   &fakeRole{Bucket: "audit-a", Path: ptr("immuta/"), Region: "us-east-1", RoleArn: ptr("arn:aws:iam::111111111111:role/audit")},
			Bucket: "audit-a", Path: ptr("immuta/"), Region: ptr("us-east-1"),
		},
	}
}

func keyConfiguration() *fakeConfiguration {
	c := roleConfiguration()
	c.ID, c.Interval = "b-key", ptr("EVERY_2_HOURS")
	c.EndpointConfiguration = &fakeEndpoint{accessKey: &fakeAccessKey{Bucket: ptr("audit-b"), Region: ptr("eu-west-1")}, Bucket: "audit-b"}
	return c
}

func adlsConfiguration() *fakeConfiguration {
	c := roleConfiguration()
	c.ID = "a-adls"
	c.EndpointConfiguration = &fakeEndpoint{adls: &fakeADLS{"store", "audit", "immuta"}}
	return c
}

// fakeImmuta answers queries by a strict schema and notes what it was asked.
type fakeImmuta struct {
	schema *gql.Schema
	mu     sync.Mutex
	asked  []string
	auth   []string
}

func newFake(t *testing.T, schema string, noIntrospection bool, configurations ...*fakeConfiguration) *fakeImmuta {
	t.Helper()
	options := []gql.SchemaOpt{gql.UseFieldResolvers()}
	if noIntrospection {
		options = append(options, gql.RestrictIntrospection(func(context.Context) bool { return false }))
	}
	parsed, err := gql.ParseSchema(schema, &fakeRoot{configurations}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeImmuta{schema: parsed}
}

func (f *fakeImmuta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	_ = json.Unmarshal(body, &request)
	f.mu.Lock()
	f.asked = append(f.asked, request.Query)
	f.auth = append(f.auth, r.Header.Get("Authorization"))
	f.mu.Unlock()
	if r.URL.Path != transport.GraphQLPath {
		http.NotFound(w, r)
		return
	}
	answer := f.schema.Exec(r.Context(), request.Query, "", request.Variables)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// serve starts a tenant and a source that asks it.
func serve(t *testing.T, handler http.Handler, change func(*Options)) *Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o := Options{
		Name: "acme", URL: server.URL, Key: redact.NewSecret(testKey), Now: func() time.Time { return testTime },
		RetryMax: -1, RetryWait: time.Millisecond, Timeout: 5 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	source, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// answering is a tenant that answers everything with one status and body.
func answering(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == transport.ExchangePath {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// listing answers the list query with a body, and refuses introspection.
func listingBody(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(string(text), "__type(") {
			_, _ = io.WriteString(w, `{"errors":[{"message":"GraphQL introspection is not allowed","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`)
			return
		}
		_, _ = io.WriteString(w, body)
	}
}

func mustList(t *testing.T, s *Source) (scanner.Tenant, []scanner.Record) {
	t.Helper()
	tenant, records, err := s.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return tenant, records
}
