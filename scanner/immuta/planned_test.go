package immuta

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

const plannedText = `enabled: true
interval: EVERY_12_HOURS
endpointConfiguration:
  __typename: S3AssumedRoleEndpointConfiguration
  bucket: trail
  path: research
  region: eu-west-1
  roleArn: arn:aws:iam::111111111111:role/writer
`

func parsePlanned(text string) (scanner.Record, error) {
	return ParsePlanned([]byte(text), "research", FileOptions{Name: "f.yaml", Tenant: "acme", URL: "https://acme.example.com", At: testTime})
}

// What Immuta tells by making an export nobody misses before.
func TestPlannedExport(t *testing.T) {
	for text, id := range map[string]string{
		plannedText:                             "research (not created yet)",
		"name: Research & more\n" + plannedText: "Research & more (not created yet)",
	} {
		r, err := parsePlanned(text)
		if err != nil {
			t.Fatal(err)
		}
		c := &r.Configuration
		if c.ID != id || !c.Planned || !scanner.IsPlannedID(c.ID) || len(c.Missing) > 0 || len(r.Gaps) > 0 {
			t.Errorf("the configuration is %+v, with gaps %v", c, r.Gaps)
		}
		if e := &c.Endpoint; e.Bucket != "trail" || e.RoleARN != "arn:aws:iam::111111111111:role/writer" || c.Prefix() != "research/" || !c.Enabled {
			t.Errorf("the configuration is %+v", c)
		}
		if len(r.Evidence) != 1 || !strings.Contains(r.Evidence[0].Text, `"planned":true`) {
			t.Errorf("the evidence is %+v", r.Evidence)
		}
	}
}

// What the file does not tell is missing as it is in Immuta's own list.
func TestPlannedExportMayLackWhatPeopleDecide(t *testing.T) {
	r, err := parsePlanned(strings.Replace(plannedText, "interval: EVERY_12_HOURS\n", "", 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Name != "interval" || !strings.Contains(r.Gaps[0].Detail, "f.yaml does not tell it") {
		t.Errorf("the gaps are %+v", r.Gaps)
	}
}

func TestWhatIsNoPlannedExportIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "f.yaml: this is no configuration of an export",
		"- a":                          "f.yaml: this is no configuration of an export",
		"{":                            "f.yaml:2: not valid YAML",
		"id: x\n" + plannedText:        "f.yaml:1: an export that has an id is there already",
		plannedText + "createdAt: now": "f.yaml:9: createdAt is nothing that an export has before it is made",
		"name: ''\n" + plannedText:     "f.yaml:1: name is no text",
		strings.Replace(plannedText, "enabled: true", "enabled: maybe", 1): "f.yaml:1: enabled is of an unknown form",
		"enabled: true\nendpointConfiguration: {bucket: [a]}":              "f.yaml:2: endpointConfiguration is of an unknown form",
		"enabled: true": "f.yaml: it has no endpointConfiguration",
		"name: " + strings.Repeat("n", 600) + "\n" + plannedText: "f.yaml: its name is too long",
	} {
		if _, err := parsePlanned(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}
