package snapshot_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// A tenant that does not fit on one line is written on several, and comes back
// whole; one that fits is written as earlier programs read it.
func TestLargeTenantComesBack(t *testing.T) {
	tenants := testTenants()
	for i := range 45_000 {
		id := fmt.Sprintf("id-%06d", i)
		tenants[0].ConfigurationIDs = append(tenants[0].ConfigurationIDs, id)
		tenants[0].Destinations = append(tenants[0].Destinations, scanner.Destination{
			ID: id, Type: scanner.EndpointS3, Place: "audit", Prefix: strings.Repeat("p", 1023) + "/", Region: "eu-central-1",
		})
	}
	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, testHeader(), tenants)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String()[:100], `"formatVersion":2`) {
		t.Errorf("it begins %s", out.String()[:100])
	}
	r, _, err := readAll(&out)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Tenants(), tenants) {
		t.Error("the tenants are not those that were written")
	}
	if small := string(write(t, testRecord(0))); !strings.Contains(small[:100], `"formatVersion":1`) || strings.Contains(small, "tenantPart") {
		t.Errorf("a small one begins %s", small[:100])
	}
}

// Parts that belong to no tenant, or that the version does not know, are refused.
func TestPartsOfTenantsAreStrict(t *testing.T) {
	whole := string(write(t, testRecord(0)))
	lines := strings.SplitAfter(whole, "\n")
	second := strings.Replace(lines[0], `"formatVersion":1`, `"formatVersion":2`, 1)
	const part = `{"record":"tenantPart","tenant":"acme","configurationIds":["id-9"]}` + "\n"
	tests := []struct {
		name, text string
		line       int
		words      []string
	}{
		{"in version 1", lines[0] + lines[1] + part, 3, []string{"formatVersion 1 does not have"}},
		{"before all tenants", second + part, 2, []string{`"acme"`, "not the one before"}},
		{"after another tenant", second + lines[1] + lines[2] + part, 4, []string{`"acme"`, "not the one before"}},
		{"after a document", second + lines[1] + lines[3] + part, 4, []string{"more of a tenant after"}},
		{"unknown field", second + lines[1] + strings.Replace(part, "configurationIds", "ids", 1), 3, []string{`unknown field "/ids"`}},
		{"more than anybody has", second + lines[1] + strings.Replace(part, `"id-9"`, strings.Repeat(`"",`, 4<<20)+`""`, 1), 3, []string{"more than 2097152 exports"}},
		{"an export that does not follow", second + lines[1] + part + strings.Join(lines[2:], ""), 9, []string{"digest"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readAll(strings.NewReader(tt.text))
			wantRefusal(t, err, tt.line, tt.words...)
		})
	}
}

// What another program wrote may list exports in any order.
func TestOrderOfListedExportsDoesNotMatter(t *testing.T) {
	records := []scanner.Record{testRecord(0), testRecord(1), testRecord(2)}
	sorted := `"configurationIds":["id-0","id-1","id-2"]`
	whole := string(write(t, records...))
	if !strings.Contains(whole, sorted) {
		t.Fatal("nothing to alter")
	}
	altered := resealed(t, strings.Replace(whole, sorted, `"configurationIds":["id-2","id-0","id-1","id-0"]`, 1))
	_, read, err := readAll(strings.NewReader(altered))
	if err != nil || len(read) != 3 {
		t.Fatalf("%d exports, %v", len(read), err)
	}
	missing := resealed(t, strings.Replace(whole, sorted, `"configurationIds":["id-2","id-0","id-1","id-3"]`, 1))
	if _, _, err = readAll(strings.NewReader(missing)); err == nil || !strings.Contains(err.Error(), `lists export "id-3", and there is no record`) {
		t.Errorf("of one that does not follow: %v", err)
	}
}

// resealed is an altered snapshot with the digest of what it says now.
func resealed(t *testing.T, text string) string {
	t.Helper()
	at := strings.LastIndex(text, `"digest":"`)
	if at < 0 {
		t.Fatal("there is no digest")
	}
	head := text[:at] + `"digest":"`
	return head + scanner.Digest(head) + "\"}\n"
}
