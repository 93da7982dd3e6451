package drift_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestGrantsBetweenRuns: what grants let be done with the bucket's objects counts,
// not which there are.
func TestGrantsBetweenRuns(t *testing.T) {
	const (
		other  = "arn:aws:iam::111122223333:role/other"
		abroad = "arn:aws:iam::999900001111:role/siem"
	)
	grant := func(id, who, operations, constraints string) string {
		return `{"GrantId":"` + id + `","GranteePrincipal":"` + who + `","Operations":["` + operations + `"]` + constraints + `}`
	}
	of := func(arn string) string {
		return `,"Constraints":{"EncryptionContextEquals":{"aws:s3:arn":"` + arn + `"}}`
	}
	admins := evidenceOf(document.KindKeyPolicy, keyARN, "", policyOf(
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/keys"},"Action":"kms:*","Resource":"*"}`))
	granted := func(list ...string) []scanner.Evidence {
		return []scanner.Evidence{admins, evidenceOf(document.KindKeyGrants, keyARN, "", `{"Grants":[`+strings.Join(list, ",")+`]}`)}
	}
	for name, tt := range map[string]struct {
		before, after []scanner.Evidence
		effect        scanner.Effect // empty: no change
		says          string
	}{
		"somebody may decrypt": {granted(), granted(grant("1", other, "Decrypt", "")), scanner.EffectWidened, "allowed now and not before: kms:Decrypt by " + other},
		"somebody elsewhere may decrypt, in this bucket": {
			granted(), granted(grant("1", abroad, "Decrypt", of(bucketARN))), scanner.EffectWidened, "kms:Decrypt by " + abroad,
		},
		"somebody may decrypt one object":          {granted(), granted(grant("1", other, "Decrypt", of(bucketARN+"/logs/x"))), scanner.EffectWidened, "kms:Decrypt by " + other},
		"somebody may decrypt in another bucket":   {granted(), granted(grant("1", other, "Decrypt", of(bucketARN+"-old"))), "", ""},
		"given anew":                               {granted(grant("1", other, "Decrypt", "")), granted(grant("2", other, "Decrypt", "")), "", ""},
		"narrowed to the bucket":                   {granted(grant("1", other, "Decrypt", "")), granted(grant("1", other, "Decrypt", of(bucketARN))), scanner.EffectNarrowed, "allowed before and no longer"},
		"the policy lets its administrators":       {granted(), granted(grant("1", "arn:aws:iam::111122223333:role/keys", "Decrypt", "")), "", ""},
		"retired":                                  {granted(grant("1", other, "Decrypt", "")), granted(), scanner.EffectNarrowed, "allowed before and no longer: kms:Decrypt by " + other},
		"exchanged":                                {granted(grant("1", other, "Decrypt", "")), granted(grant("2", abroad, "Decrypt", "")), scanner.EffectMixed, "allowed now and not before: kms:Decrypt by " + abroad},
		"the writer's is retired, and another's":   {granted(grant("1", roleARN, "GenerateDataKey", ""), grant("2", other, "Decrypt", "")), granted(), scanner.EffectNarrowed, "kms:GenerateDataKey by " + roleARN},
		"an answer that is no list":                {granted(), []scanner.Evidence{admins, evidenceOf(document.KindKeyGrants, keyARN, "", `[]`)}, scanner.EffectIncomparable, "cannot be compared"},
		"who may give it to others counts as well": {granted(), granted(grant("1", other, "CreateGrant", "")), scanner.EffectWidened, "kms:CreateGrant by " + other},
	} {
		if tt.effect == "" {
			want(t, between(t, snapshotOf(export("a", tt.before...)), snapshotOf(export("a", tt.after...))))
			continue
		}
		if change := one(t, tt.before, tt.after); change.Effect != tt.effect || !strings.Contains(change.Message, tt.says) {
			t.Errorf("%s: %s %q, want %s %q", name, change.Effect, change.Message, tt.effect, tt.says)
		}
	}
}

// TestGrantInsteadOfPolicy: the writer loses nothing with a statement of the key
// policy that a grant stands in for.
func TestGrantInsteadOfPolicy(t *testing.T) {
	statement := `{"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"},"Action":"kms:GenerateDataKey","Resource":"*"}`
	grants := evidenceOf(document.KindKeyGrants, keyARN, "", `{"Grants":[{"GrantId":"1","GranteePrincipal":"`+roleARN+`","Operations":["GenerateDataKey"]}]}`)
	policy := func(statements ...string) scanner.Evidence {
		return evidenceOf(document.KindKeyPolicy, keyARN, "", policyOf(statements...))
	}
	const admins = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/keys"},"Action":"kms:*","Resource":"*"}`
	with := one(t, []scanner.Evidence{grants, policy(admins, statement)}, []scanner.Evidence{grants, policy(admins)})
	without := one(t, []scanner.Evidence{policy(admins, statement)}, []scanner.Evidence{policy(admins)})
	if strings.Contains(with.Message, "the export's own writer may no longer") || !strings.Contains(without.Message, "the export's own writer may no longer") {
		t.Errorf("with a grant %q, without %q", with.Message, without.Message)
	}
}
