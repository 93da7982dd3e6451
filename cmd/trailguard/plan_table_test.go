package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	recorded "github.com/trailguard/trailguard/fixtures/terraform"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	layer "github.com/trailguard/trailguard/scanner/overlay"
)

// planRow is a row of the table of plans: cases of the recorded plan "table" that break
// a rule of a team's export, leave it alone, and leave it open. Where no plan can break
// the rule, leftOpen says why.
type planRow struct{ rule, team, breaks, harmless, unknown string }

// planTable has every rule whose cause a plan of Terraform can touch.
func planTable() []planRow {
	return []planRow{
		{"access_key_fresh", "marketing", "access_key_fresh", "harmless_keys", "unknown_keys"},
		{"access_logged", "finance", "", "harmless_logging", "access_logged"},
		{"access_logged", "finance", "", "harmless_logging", "unknown_logging"},
		{"access_not_lost", "finance", "put_object_granted", "harmless_identity", "unknown_identity"},
		{"access_not_widened", "finance", "no_foreign_readers", "harmless_policy", "unknown_policy"},
		{"bucket_exists", "finance", "bucket_exists", "harmless_trail", "unknown_trail"},
		{"encrypted", "security", "encrypted", "harmless_archive", "unknown_encryption"},
		{"external_id_equals_configuration_id", "finance", "external_id_equals_configuration_id", "harmless_trust", "unknown_trust"},
		{"external_id_required", "finance", "external_id_required", "harmless_trust", "unknown_trust"},
		{"key_decrypt_granted", "security", "key_decrypt_granted", "harmless_key_policy", "unknown_key_policy"},
		{"key_durable", "risk", "key_durable", "harmless_key", "unknown_key"},
		{"key_rotated", "risk", "key_rotated", "harmless_key", "unknown_key"},
		{"key_usable", "security", "key_usable", "harmless_grant", "unknown_key_policy"},
		{"no_foreign_readers", "finance", "no_foreign_readers", "harmless_policy", "unknown_policy"},
		{"no_foreign_readers", "finance", "copied", "harmless_copy", "unknown_copy"},
		{"no_foreign_writers", "finance", "no_foreign_writers", "harmless_policy", "unknown_policy"},
		{"no_other_doors", "finance", "no_other_doors", "harmless_trust", "unknown_trust"},
		{"no_silent_denial", "security", "no_silent_denial", "harmless_archive", "unknown_payer"},
		{"not_public", "finance", "not_public", "harmless_policy", "unknown_block"},
		{"objects_locked", "finance", "objects_locked", "harmless_lock", "unknown_lock"},
		{"owner_readable", "security", "owner_readable", "harmless_archive", "unknown_ownership"},
		{"principal_expected", "finance", "principal_expected", "harmless_trust", "unknown_trust"},
		{"principals_exist", "finance", "principals_exist", "harmless_trust", "unknown_trust"},
		{"protection_not_weakened", "finance", "versioned", "harmless_lock", "unknown_versioning"},
		{"put_object_granted", "finance", "put_object_granted", "harmless_identity", "unknown_identity"},
		{"retention_sufficient", "finance", "retention_sufficient", "harmless_lifecycle", "unknown_lifecycle"},
		{"role_dedicated", "security", "role_dedicated", "harmless_duty", "unknown_duty"},
		{"tls_required", "finance", "tls_required", "harmless_policy", "unknown_policy"},
		{"versioned", "finance", "versioned", "harmless_trail", "unknown_versioning"},
		{"writer_key_active", "marketing", "writer_key_active", "harmless_keys", "unknown_keys"},
		{"writer_known", "marketing", "writer_known", "harmless_user", "unknown_user"},
		{"writer_least_privilege", "finance", "writer_least_privilege", "harmless_identity", "unknown_identity"},
		{"writers_confined", "finance", "writers_confined", "harmless_policy", "unknown_policy"},
	}
}

// leftOpen are the rules that a plan leaves open at most, and why.
func leftOpen() map[string]string {
	return map[string]string{
		"access_logged": "trails are read only where S3 logs no access: a plan that ends that leaves open whether a trail does",
	}
}

// untouched are the rules that no change of a document of AWS breaks, and why.
func untouched() map[string]string {
	const immuta = "what it judges is set in Immuta"
	return map[string]string{
		"bucket_owner_expected":     "a bucket keeps its owner: one that is made anew is unknown",
		"configuration_enabled":     immuta,
		"configuration_unchanged":   immuta,
		"connection_status_success": "it is what Immuta's last test said",
		"delivery_continuous":       "what arrived has arrived",
		"delivery_fresh":            "what arrived has arrived",
		"destination_unique":        immuta,
		"enabled_export_exists":     immuta,
		"endpoint_recognised":       immuta,
		"exports_kept":              immuta,
		"interval_valid":            immuta,
		"organization_matches":      "no resource says to which organization an account belongs: that of one which a plan moves is unknown",
		"owner_named":               "owners are named in trailguard's own configuration",
		"region_matches":            "a bucket keeps its region: one that is made anew is unknown",
		"sas_token_fresh":           "it is about Azure",
		"uses_role":                 immuta,
	}
}

func TestEveryRuleHasItsPlans(t *testing.T) {
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	told := untouched()
	for _, row := range planTable() {
		if untouched()[row.rule] != "" {
			t.Errorf("%s is in both lists", row.rule)
		}
		if (row.breaks == "") != (leftOpen()[row.rule] != "") {
			t.Errorf("%s: a plan breaks it, or it is said why none does", row.rule)
		}
		told[row.rule] = row.harmless
	}
	for _, rule := range engine.Rules() {
		if told[rule.ID] == "" {
			t.Errorf("no plan is about %s, and nobody says why", rule.ID)
		}
		delete(told, rule.ID)
	}
	for rule := range told {
		t.Errorf("there is no rule %s", rule)
	}
}

// rekeyed gives marketing's user an old key that is switched off, and has the operator
// expect keys of the customer's own.
var rekeyed = []edit{
	readable, expecting("  encryption: aws:kms\n"),
	{"identities.yaml", "      - {id: AKIAMARKETINGEXAMPLE,", "      - {id: AKIAMARKETINGEXAMOLD, inactive: true, created: -200d}\n      - {id: AKIAMARKETINGEXAMPLE,"},
}

// TestTheTableOfPlans judges the cases of the table.
func TestTheTableOfPlans(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	base := see(t, mended(t, acme.Files(), nil, rekeyed))
	t.Run("breaks what it says", func(t *testing.T) { breakWhatTheySay(t, base) })
	t.Run("says what a scan would say", func(t *testing.T) { sayWhatAScanWouldSay(t, base) })
}

// breakWhatTheySay judges each row: a plan that breaks the rule has a new failure, a
// harmless one nothing, and of one that nobody can tell the rule is unknown.
func breakWhatTheySay(t *testing.T, base *seen) {
	teams, found := exportsByTeam(base.report), map[string][]scanner.Finding{}
	for _, row := range planTable() {
		for name, want := range map[string]scanner.Status{row.breaks: scanner.StatusFail, row.harmless: "", row.unknown: scanner.StatusUnknown} {
			if name == "" {
				continue
			}
			if found[name] == nil {
				over, o := planOver(t, base, terraformPlan(t, recorded.Case, name))
				found[name] = slices.DeleteFunc(compared(t, over, o).Findings, func(f scanner.Finding) bool {
					return f.State == scanner.StateUnchanged || f.State == scanner.StateResolved
				})
			}
			var all, of []string
			for i := range found[name] {
				f := &found[name][i]
				all = append(all, string(f.Status)+" "+f.RuleID)
				if f.RuleID == row.rule && f.ExportID == teams[row.team] {
					of = append(of, string(f.Status))
				}
			}
			switch {
			case want == "" && len(all) > 0:
				t.Errorf("%s is harmless, and there is %s", name, strings.Join(all, ", "))
			case want != "" && !slices.Contains(of, string(want)):
				t.Errorf("%s: %s of %s is %v, want %s; new are %s", name, row.rule, row.team, of, want, strings.Join(all, ", "))
			}
		}
	}
}

// settingsOfCases are the cases about settings, made in the company's data.
func settingsOfCases() map[string][]edit {
	const (
		blocks  = "    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}"
		account = "- id: \"111111111111\" # workloads: the roles and most buckets\n" + blocks
		bucket  = "policies/bucket/finance.json\n" + blocks
		kms     = `encryption: {algorithm: aws:kms, key: "arn:aws:kms:eu-central-1:333333333333:key/7c0e4d21-b5a8-4f36-9e17-d3b6a8f2c059", bucketKey: true}`
		copying = "\n    replication: {role: \"arn:aws:iam::111111111111:role/copy\", rules: [{id: all, bucket: copies, account: \""
	)
	opened := strings.NewReplacer("blockPublicPolicy: true", "blockPublicPolicy: false", "Buckets: true", "Buckets: false")
	protected := func(oldnew ...string) []edit {
		return []edit{{"buckets.yaml", financeProtection, strings.NewReplacer(oldnew...).Replace(financeProtection)}}
	}
	archive := func(oldnew ...string) []edit {
		return []edit{{"buckets.yaml", securityOwnership, strings.NewReplacer(oldnew...).Replace(securityOwnership)}}
	}
	return map[string][]edit{
		"access_logged":        protected("\n    logging: {bucket: acme-access-logs-111111111111, prefix: acme-audit-finance-eu/}", ""),
		"copied":               protected("acme-audit-finance-eu/}", "acme-audit-finance-eu/}"+copying+`999999999999"}]}`),
		"encrypted":            {{"buckets.yaml", kms, "encryption: {algorithm: AES256, bucketKey: true}"}},
		"harmless_lifecycle":   protected("expireDays: 800", "expireDays: 900"),
		"harmless_lock":        protected("days: 400", "days: 500"),
		"harmless_logging":     protected("prefix: acme-audit-finance-eu/", "prefix: finance/"),
		"no_silent_denial":     archive("BucketOwnerEnforced", "BucketOwnerEnforced\n    requesterPays: true"),
		"not_public":           {{"buckets.yaml", bucket, opened.Replace(bucket)}, {"company.yaml", account, opened.Replace(account)}},
		"objects_locked":       protected("days: 400", "days: 1"),
		"owner_readable":       archive("BucketOwnerEnforced", "ObjectWriter"),
		"retention_sufficient": protected("days: 400", "days: 30", "expireDays: 800", "expireDays: 30"),
		"versioned":            protected("versioning: Enabled", "versioning: Suspended"),
	}
}

// policyFiles are those of the company that hold a policy, by kind and the end of its
// resource.
var policyFiles = map[string]string{
	"bucket_policy acme-audit-finance-eu":             "policies/bucket/finance.json",
	"identity_policy acme-immuta-audit-finance":       "policies/identity/finance.json",
	"identity_policy acme-immuta-audit-security":      "policies/identity/security.json",
	"trust_policy acme-immuta-audit-finance":          "policies/trust/finance.json",
	"key_policy 7c0e4d21-b5a8-4f36-9e17-d3b6a8f2c059": "policies/key/security.json",
}

// sayWhatAScanWouldSay makes the changes of cases in the sandbox, where that can be said
// without a plan: by another policy in its file, or another setting. Cases that are about
// different texts of the company are one change.
func sayWhatAScanWouldSay(t *testing.T, base *seen) {
	cases := map[string]bool{}
	for _, row := range planTable() {
		for _, name := range []string{row.breaks, row.harmless, row.unknown} {
			cases[name] = true
		}
	}
	delete(cases, "")
	var all []*madeCases
	made := 0
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		changes := terraformPlan(t, recorded.Case, name)
		edits := editsOfCase(t, name, changes)
		if len(edits) == 0 {
			continue
		}
		made++
		i := slices.IndexFunc(all, func(m *madeCases) bool { return !m.touches(edits) })
		if i < 0 {
			i, all = len(all), append(all, &madeCases{})
		}
		all[i].add(name, changes, edits)
	}
	for _, m := range all {
		planned := after(t, base, m.changes)
		for rule, status := range see(t, mended(t, acme.Files(), nil, append(slices.Clone(rekeyed), m.edits...))).results {
			if is := planned[rule]; is != status && is != scanner.StatusUnknown {
				t.Errorf("%s: %s is %s, and %s once the changes are made", strings.Join(m.names, ", "), rule, is, status)
			}
		}
	}
	if made < 30 {
		t.Errorf("%d cases are made: the test shows little", made)
	}
}

// madeCases are cases that do not touch each other.
type madeCases struct {
	names   []string
	changes []layer.Change
	edits   []edit
}

func (m *madeCases) add(name string, changes []layer.Change, edits []edit) {
	m.names, m.changes, m.edits = append(m.names, name), append(m.changes, changes...), append(m.edits, edits...)
}

func (m *madeCases) touches(edits []edit) bool {
	return slices.ContainsFunc(edits, func(e edit) bool {
		return slices.ContainsFunc(m.edits, func(made edit) bool { return made.file == e.file && made.old == e.old })
	})
}

// editsOfCase are none where the company's data cannot say what the plan does.
func editsOfCase(t *testing.T, name string, changes []layer.Change) []edit {
	t.Helper()
	edits := slices.Clone(settingsOfCases()[name])
	for i := range changes {
		c := &changes[i]
		if _, policy := c.Kind.Policy(); policy && c.Effect == layer.Put {
			edits = append(edits, edit{policyFile(t, c.Kind, c.Resource), "", c.Text})
		}
	}
	return edits
}

func policyFile(t *testing.T, kind document.Kind, resource string) string {
	t.Helper()
	file := policyFiles[string(kind)+" "+resource[strings.LastIndexAny(resource, "/: ")+1:]]
	if file == "" {
		t.Fatalf("no file of the company is the %s of %s", kind, resource)
	}
	return file
}
