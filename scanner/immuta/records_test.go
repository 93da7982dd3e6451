package immuta

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
)

// item is a whole configuration with some members changed; nil removes one.
func item(changes map[string]any) map[string]any {
	members := map[string]any{
		"id": "x", "interval": "EVERY_2_HOURS", "enabled": true, "connectionStatus": "SUCCESS",
		"createdAt": "2026-01-01T00:00:00Z", "createdBy": map[string]any{"id": "1"}, "updatedAt": "2026-01-01T00:00:00Z", "updatedBy": nil,
		"endpointConfiguration": map[string]any{"__typename": query.TypeAssumedRole, "bucket": "b", "path": nil, "region": "us-east-1", "roleArn": "arn:aws:iam::111111111111:role/r"},
	}
	for name, value := range changes {
		if members[name] = value; value == nil {
			delete(members, name)
		}
	}
	return members
}

type null struct{}

func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func list(t *testing.T, hints map[string]scanner.ExportHint, items ...any) (scanner.Tenant, []scanner.Record) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"data": map[string]any{"getAllExportConfigurations": items}})
	if err != nil {
		t.Fatal(err)
	}
	return mustList(t, serve(t, listingBody(string(body)), func(o *Options) { o.Hints = hints }))
}

func TestItemsThatCannotBeToldApart(t *testing.T) {
	tenant, records := list(t, nil,
		item(map[string]any{"id": "b"}), nil, item(map[string]any{"id": ""}), item(map[string]any{"id": nil}),
		item(map[string]any{"id": " "}), "text", item(map[string]any{"id": 12}), item(map[string]any{"id": strings.Repeat("i", 513)}))
	if diff := cmp.Diff([]string{"12", "b"}, tenant.ConfigurationIDs); diff != "" || len(records) != 2 {
		t.Errorf("ids: %s", diff)
	}
	if tenant.Complete || len(tenant.Gaps) != 6 {
		t.Errorf("tenant %+v", tenant)
	}
	for _, gap := range tenant.Gaps {
		if gap.Kind != document.KindConfigurations || gap.Reason != scanner.ReasonMalformed || !strings.Contains(gap.Detail, "item ") {
			t.Errorf("gap %+v", gap)
		}
	}
}

func TestDuplicateIDs(t *testing.T) {
	other := item(map[string]any{"enabled": false, "connectionStatus": "broken"})
	for _, items := range [][]any{{item(nil), other}, {other, item(nil)}, {item(nil), other, item(nil)}} {
		tenant, records := list(t, nil, items...)
		if len(records) != 1 || len(tenant.ConfigurationIDs) != 1 || tenant.Complete || !strings.Contains(tenant.Gaps[0].Detail, "more than once") {
			t.Fatalf("tenant %+v, %d records", tenant, len(records))
		}
		c := records[0].Configuration
		if diff := cmp.Diff([]string{"connectionStatus", "enabled"}, c.Missing); diff != "" || c.Enabled || c.ConnectionStatus != "" {
			t.Errorf("%s: %+v", diff, c)
		}
		if c.Interval != "EVERY_2_HOURS" || c.Endpoint.Bucket != "b" {
			t.Errorf("what both say is lost: %+v", c)
		}
	}
	whole := item(map[string]any{
		"endpointConfiguration": map[string]any{"__typename": query.TypeAccessKey, "bucket": "other"}, "interval": "EVERY_4_HOURS",
		"createdAt": "2026-02-01T00:00:00Z", "createdBy": "2", "updatedAt": "2026-02-01T00:00:00Z", "updatedBy": "3",
	})
	_, records := list(t, nil, item(map[string]any{"updatedBy": "4"}), whole)
	c := records[0].Configuration
	if diff := cmp.Diff([]string{"createdAt", "createdBy", "endpoint", "interval", "updatedAt", "updatedBy"}, slices.DeleteFunc(c.Missing, func(s string) bool { return s == "region" })); diff != "" {
		t.Error(diff)
	}
	if c.Endpoint.Bucket != "" || c.Interval != "" || !c.CreatedAt.IsZero() || c.UpdatedBy != "" {
		t.Errorf("a contradicted value stays: %+v", c)
	}
}

func TestValuesThatAreNotThere(t *testing.T) {
	for _, test := range []struct {
		name, missing string
		change        map[string]any
		reason        scanner.GapReason
	}{
		{"no status", "connectionStatus", map[string]any{"connectionStatus": nil}, scanner.ReasonUnsupported},
		{"null status", "connectionStatus", map[string]any{"connectionStatus": null{}}, scanner.ReasonUndetermined},
		{"empty status", "connectionStatus", map[string]any{"connectionStatus": ""}, scanner.ReasonUndetermined},
		{"odd status", "connectionStatus", map[string]any{"connectionStatus": map[string]any{"ok": true}}, scanner.ReasonMalformed},
		{"null interval", "interval", map[string]any{"interval": null{}}, scanner.ReasonUndetermined},
		{"null enabled", "enabled", map[string]any{"enabled": null{}}, scanner.ReasonUndetermined},
		{"odd enabled", "enabled", map[string]any{"enabled": "true"}, scanner.ReasonMalformed},
		{"odd time", "createdAt", map[string]any{"createdAt": "yesterday"}, scanner.ReasonMalformed},
		{"far time", "createdAt", map[string]any{"createdAt": 9e18}, scanner.ReasonMalformed},
		{"odd update", "updatedAt", map[string]any{"updatedAt": "yesterday"}, scanner.ReasonMalformed},
		{"null endpoint", "endpoint", map[string]any{"endpointConfiguration": null{}}, scanner.ReasonMalformed},
		{"empty endpoint", "endpoint", map[string]any{"endpointConfiguration": map[string]any{}}, scanner.ReasonUndetermined},
		{"null bucket", "endpoint", map[string]any{"endpointConfiguration": map[string]any{"__typename": query.TypeAccessKey, "bucket": null{}, "path": "", "region": "r"}}, scanner.ReasonUndetermined},
		{"odd bucket", "endpoint", map[string]any{"endpointConfiguration": map[string]any{"__typename": query.TypeAccessKey, "bucket": []any{"x"}, "path": "", "region": "r"}}, scanner.ReasonMalformed},
		{"no path", "endpoint", map[string]any{"endpointConfiguration": map[string]any{"__typename": query.TypeAccessKey, "bucket": "b", "region": "r"}}, scanner.ReasonUnsupported},
		{"no region", "region", map[string]any{"endpointConfiguration": map[string]any{"__typename": query.TypeAccessKey, "bucket": "b", "path": "p"}}, scanner.ReasonUnsupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			tenant, records := list(t, map[string]scanner.ExportHint{"x": {UserARN: "arn:aws:iam::111111111111:user/u"}}, item(test.change))
			if diff := cmp.Diff([]string{test.missing}, records[0].Configuration.Missing); diff != "" {
				t.Fatal(diff)
			}
			gap, ok := records[0].FindGap(document.KindConfiguration, "", test.missing)
			if !ok || gap.Reason != test.reason {
				t.Errorf("gaps %+v", records[0].Gaps)
			}
			if !tenant.Complete {
				t.Error("one export's gap makes the list incomplete")
			}
		})
	}
}

func TestTimes(t *testing.T) {
	for _, value := range []any{
		"2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05.000Z", "2026-01-02 03:04:05",
		"2026-01-02T03:04:05", 1767323045000, "1767323045000", 1767323045, "1767323045", 1767323045000.0,
	} {
		_, records := list(t, nil, item(map[string]any{"createdAt": value}))
		if got := records[0].Configuration.CreatedAt.Format("2006-01-02T15:04:05Z07:00"); got != "2026-01-02T03:04:05Z" {
			t.Errorf("%v: %s", value, got)
		}
	}
	for _, value := range []any{0, -1, "NaN", "1e400", "0001-01-01T00:00:00Z", true} {
		if _, records := list(t, nil, item(map[string]any{"createdAt": value})); !slices.Contains(records[0].Configuration.Missing, "createdAt") {
			t.Errorf("%v is taken for a time", value)
		}
	}
}

func TestWhereTheRoleIsFrom(t *testing.T) {
	endpoint := func(typeName string, arn any) map[string]any {
		return map[string]any{"__typename": typeName, "bucket": "b", "path": "", "region": "r", "roleArn": arn}
	}
	const hinted = "arn:aws:iam::111111111111:role/hinted"
	hints := map[string]scanner.ExportHint{"x": {RoleARN: hinted}}
	for _, test := range []struct {
		name, status string
		endpoint     map[string]any
		hints        map[string]scanner.ExportHint
		arn, source  string
		gap          string
	}{
		{"field", trustError, endpoint(query.TypeAssumedRole, "arn:aws:iam::111111111111:role/field"), hints, "arn:aws:iam::111111111111:role/field", "immuta", ""},
		{"status", trustError, endpoint(query.TypeAssumedRole, nil), hints, "arn:aws:iam::111111111111:role/audit", "status", ""},
		{"operator", "SUCCESS", endpoint(query.TypeAssumedRole, nil), hints, hinted, "configuration", ""},
		{"nobody", "SUCCESS", endpoint(query.TypeAssumedRole, nil), nil, "", "", "roleArn"},
		{"access key", trustError, endpoint(query.TypeAccessKey, nil), hints, "", "", "userArn"},
		{"legacy", "SUCCESS", endpoint(query.TypeLegacy, nil), hints, hinted, "configuration", "authentication"},
		{
			"status of two roles", strings.Replace(trustError, "AssumedRole arn:aws:iam::111111111111:role/audit", "AssumedRole arn:aws:iam::111111111111:role/other", 1),
			endpoint(query.TypeAssumedRole, nil), nil, "", "", "roleArn",
		},
		{"other text", "role arn:aws:iam::111111111111:role/audit is not good", endpoint(query.TypeAssumedRole, nil), nil, "", "", "roleArn"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, records := list(t, test.hints, item(map[string]any{"connectionStatus": test.status, "endpointConfiguration": test.endpoint}))
			e := records[0].Configuration.Endpoint
			if e.RoleARN != test.arn || e.RoleARNSource != test.source {
				t.Errorf("role %q from %q", e.RoleARN, e.RoleARNSource)
			}
			var gaps []string
			for _, gap := range records[0].Gaps {
				gaps = append(gaps, gap.Name)
			}
			if strings.Join(gaps, " ") != test.gap {
				t.Errorf("gaps %v", gaps)
			}
		})
	}
}

func TestPrincipalsAreTheTenants(t *testing.T) {
	other := strings.ReplaceAll(trustError, "role/immuta-exporter", "role/a-second")
	tenant, _ := list(t, nil, item(map[string]any{"id": "1", "connectionStatus": trustError}), item(map[string]any{"id": "2", "connectionStatus": other}),
		item(map[string]any{"id": "3", "connectionStatus": trustError}))
	if diff := cmp.Diff([]string{"arn:aws:iam::222222222222:role/a-second", "arn:aws:iam::222222222222:role/immuta-exporter"}, tenant.Principals); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsInAnAnswerAreDroppedAndReported(t *testing.T) {
	const id, secret, sas = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "sv=2024&sig=aGVsbG8"
	_, records := list(t, nil, item(map[string]any{
		"connectionStatus": "The AWS Access Key Id " + id + " does not exist",
		"apiToken":         false,
		"endpointConfiguration": map[string]any{
			"__typename": query.TypeAccessKey, "bucket": "b", "path": "x?" + sas, "region": "r",
			"accessKeyId": id, "secretAccessKey": secret, "t0_sasToken": sas, "sessionToken": nil,
			"credentials": map[string]any{"key": secret},
		},
	}))
	var names []string
	for _, gap := range records[0].Gaps {
		if strings.HasSuffix(gap.Name, "(secret)") {
			names = append(names, gap.Name)
		}
	}
	want := []string{
		"connectionStatus (secret)", "endpointConfiguration.accessKeyId (secret)", "endpointConfiguration.credentials (secret)",
		"endpointConfiguration.path (secret)", "endpointConfiguration.secretAccessKey (secret)", "endpointConfiguration.t0_sasToken (secret)",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	everything := fmt.Sprintf("%+v %s", records, records[0].Evidence[0].Text)
	for _, s := range []string{id, secret, "aGVsbG8"} {
		if strings.Contains(everything, s) {
			t.Errorf("%s is kept: %s", s, everything)
		}
	}
	if c := records[0].Configuration; c.ConnectionStatus != "The AWS Access Key Id AKIA…MPLE does not exist" || len(c.Missing) > 0 {
		t.Errorf("configuration %+v", c)
	}
}

func TestListsAreDeterministic(t *testing.T) {
	items := []any{item(map[string]any{"id": "c", "enabled": nil, "secretKey": "x"}), item(map[string]any{"id": "a"}), item(map[string]any{"id": "b", "interval": nil})}
	source := func(items []any) string {
		tenant, records := list(t, nil, items...)
		for i := range records {
			for j := range records[i].Gaps {
				records[i].Gaps[j].Resource = "" // holds the port
			}
			records[i].Evidence[0].Resource = ""
		}
		tenant.URL = ""
		return fmt.Sprintf("%+v %+v", tenant, records)
	}
	first := source(items)
	slices.Reverse(items)
	if diff := cmp.Diff(first, source(items)); diff != "" {
		t.Error(diff)
	}
}
