package opa_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/policies"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// kinds are what a remedy may do: the list is closed, and none of it gives
// anybody more than the export needs.
type kinds string

const (
	declare kinds = "declare" // say what is so in trailguard's configuration
	grant   kinds = "grant"   // to the writer or to Immuta, what the export needs
	narrow  kinds = "narrow"  // fewer may do it, or only on a condition
	protect kinds = "protect" // switch a protection on, or make it stronger
	restore kinds = "restore" // as it was
	immuta  kinds = "immuta"  // a setting in Immuta, or outside AWS
)

// remedyKinds are those of every shipped rule.
var remedyKinds = map[string][]kinds{
	"access_key_fresh":                    {immuta, narrow},
	"access_not_lost":                     {restore},
	"access_not_widened":                  {restore},
	"access_logged":                       {protect, declare},
	"bucket_exists":                       {restore, immuta},
	"bucket_owner_expected":               {immuta, declare},
	"configuration_enabled":               {immuta},
	"configuration_unchanged":             {restore},
	"connection_status_success":           {immuta},
	"delivery_continuous":                 {immuta, restore, declare},
	"delivery_fresh":                      {immuta, declare},
	"destination_unique":                  {immuta, grant},
	"enabled_export_exists":               {immuta},
	"encrypted":                           {protect, grant},
	"endpoint_recognised":                 {immuta},
	"exports_kept":                        {restore},
	"external_id_equals_configuration_id": {grant},
	"external_id_required":                {narrow, declare},
	"interval_valid":                      {immuta},
	"key_decrypt_granted":                 {grant},
	"key_durable":                         {restore},
	"key_rotated":                         {protect},
	"key_usable":                          {grant, restore, protect},
	"no_foreign_readers":                  {narrow, declare},
	"no_foreign_writers":                  {narrow},
	"no_other_doors":                      {narrow, declare},
	"no_silent_denial":                    {grant, declare, immuta},
	"not_public":                          {narrow, protect},
	"objects_locked":                      {protect},
	"organization_matches":                {declare, restore},
	"owner_named":                         {declare},
	"owner_readable":                      {protect},
	"principal_expected":                  {narrow, grant, declare},
	"principals_exist":                    {narrow, restore},
	"protection_not_weakened":             {restore},
	"put_object_granted":                  {grant},
	"region_matches":                      {immuta},
	"retention_sufficient":                {protect},
	"role_dedicated":                      {narrow},
	"sas_token_fresh":                     {immuta, declare},
	"tls_required":                        {narrow},
	"uses_role":                           {grant, immuta, narrow},
	"versioned":                           {protect},
	"writers_confined":                    {narrow},
	"writer_key_active":                   {restore, immuta},
	"writer_known":                        {declare, restore},
	"writer_least_privilege":              {narrow},
}

// harmful is what no remedy says.
var harmful = map[string]*regexp.Regexp{
	"removes a condition":            regexp.MustCompile(`(?i)\b(remove|delete|drop|lift|relax|loosen|take (out|away)|without)\W+(\w+\W+){0,3}conditions?\b`),
	"removes a Deny":                 regexp.MustCompile(`(?i)\b(remove|delete|drop|lift|relax|loosen|take (out|away))\W+(\w+\W+){0,3}deny\b`),
	"opens a principal":              regexp.MustCompile(`(?i)("(AWS|Principal)": *"\*"|\b(allow|let|grant|trust|to)\W+(\w+\W+){0,3}(anybody|anyone|everybody|everyone|the whole account|all principals)\b)`),
	"allows every action":            regexp.MustCompile(`(?i)\b(allow|grant)\W+([a-z0-9]+:)?\*`),
	"switches a protection off":      regexp.MustCompile(`(?i)(\b(disable|suspend|unblock)\b|\b(turn|switch)\W+(\w+\W+){0,3}off\b)`),
	"declares what is only found":    regexp.MustCompile(`(?i)\b(declare|add|put|set|list)\b[^.;:]*\bexpect\.(immutaAccounts|breakGlass|bucketAccounts|regions)`),
	"approves or waives for comfort": regexp.MustCompile(`(?i)\b(ignore|silence|suppress)\b`),
}

// allowed are the parts of remedies that look like that and are not: each
// narrows, or says on what condition it is right.
var allowed = []string{
	`"Effect": "Deny", "Principal": "*"`,
	"One of your own for emergencies is declared in expect.breakGlass",
	"one of your own for emergencies is declared in expect.breakGlass",
	"Only if Immuta runs in your own account, declare that in expect.immutaAccounts",
	"add the account to expect.bucketAccounts if it is",
}

// harms says what is wrong with a remedy.
func harms(text string) (found []string) {
	for _, part := range allowed {
		text = strings.ReplaceAll(text, part, "")
	}
	for what, pattern := range harmful {
		if said := pattern.FindString(text); said != "" {
			found = append(found, what+": "+said)
		}
	}
	return found
}

func TestEveryRemedyIsOfAKind(t *testing.T) {
	rules := load(t, shipped()).Rules()
	for _, r := range rules {
		if len(remedyKinds[r.ID]) == 0 {
			t.Errorf("say of what kind the remedy of %s is: %s", r.ID, r.Remediation)
		}
		for _, harm := range harms(r.Remediation) {
			t.Errorf("%s %s", r.ID, harm)
		}
	}
	if len(remedyKinds) != len(rules) {
		t.Errorf("%d rules have a kind of remedy, and there are %d", len(remedyKinds), len(rules))
	}
}

// Whatever the shipped rules can say, denials' own remedies included.
func TestNoTextOfARuleHarms(t *testing.T) {
	err := fs.WalkDir(policies.FS, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(file, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(policies.FS, file)
		if err != nil {
			return err
		}
		module, err := ast.ParseModule(file, string(text))
		if err != nil {
			return err
		}
		ast.WalkTerms(module, func(term *ast.Term) bool {
			if said, ok := term.Value.(ast.String); ok {
				for _, harm := range harms(string(said)) {
					t.Errorf("%s %s", term.Location, harm)
				}
			}
			return false
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is said where nothing could be decided, for every reason of a gap.
func TestNoRemedyOfAnUnknownHarms(t *testing.T) {
	engine := load(t, shipped())
	export, _ := fact.Names()
	said := 0
	for _, reason := range []scanner.GapReason{
		scanner.ReasonDenied, scanner.ReasonThrottled, scanner.ReasonTimeout, scanner.ReasonMalformed, scanner.ReasonUnreachable,
		scanner.ReasonSubjectMissing, scanner.ReasonUnsupported, scanner.ReasonInterrupted, scanner.ReasonUndetermined,
	} {
		for _, setting := range []string{"", "expect.requests"} {
			given := map[string]any{}
			for _, name := range export {
				given[name] = scanner.FactStatus{
					State: scanner.FactUnknown, Because: "nobody could read it", Resource: bucket,
					Needs: []string{"aws:PrincipalOrgID"}, DeclaredIn: setting,
					Gaps: []scanner.Gap{{Kind: document.KindBucketPolicy, Call: "s3:GetBucketPolicy", Resource: bucket, Reason: reason, Permission: "s3:GetBucketPolicy"}},
				}
			}
			for id, result := range evaluate(t, engine, subject(t, given)) {
				for i := range result.Findings {
					said++
					for _, harm := range harms(result.Findings[i].Remediation) {
						t.Errorf("%s for a gap that is %s %s", id, reason, harm)
					}
				}
			}
		}
	}
	if said == 0 {
		t.Error("no rule said anything")
	}
}

// The patterns find what they are for.
func TestHarmfulRemediesAreSeen(t *testing.T) {
	for _, text := range []string{
		"Remove the condition on aws:PrincipalOrgID.", "Take out this condition.", "Allow it without the condition.",
		"Delete the Deny.", "Drop the statement's Deny.",
		`Set "Principal": "*" in the statement.`, `Put "AWS": "*" there.`, "Let everybody upload.", "Allow s3:PutObject to anybody.", "Grant it to the whole account.",
		"Allow s3:* to the writer.", "Disable the block.", "Turn off Block Public Access.", "Suspend versioning.", "Turn Block Public Access off.",
		"Add the account to expect.immutaAccounts.", "Declare it in expect.breakGlass.", "Silence this finding.",
	} {
		if len(harms(text)) == 0 {
			t.Errorf("nothing is wrong with %q", text)
		}
	}
}
