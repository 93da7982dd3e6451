package drift_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
)

// The tags of the writer are compared where a policy goes by them: by what they let the
// writer do.
func TestTagsOfTheWriterBetweenRuns(t *testing.T) {
	role := func(tags string) scanner.Evidence {
		if tags != "" {
			tags = `,"Tags":[` + tags + `]`
		}
		return evidenceOf(document.KindRole, roleARN, "", `{"Role":{"Arn":"`+roleARN+`","RoleId":"AROA1"`+tags+`}}`)
	}
	none := evidenceOf(document.KindRole, roleARN, "", `{"Role":{"Arn":"`+roleARN+`","RoleId":"AROA1","Tags":[]}}`)
	audit, other := `{"Key":"team","Value":"audit"}`, `{"Key":"team","Value":"sales"}`
	cost := `{"Key":"cost","Value":"7"},`
	trust := func(actions string) scanner.Evidence {
		return evidenceOf(document.KindTrustPolicy, roleARN, "", policyOf(`{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":[`+actions+`]}`))
	}
	identity := func(action string) []scanner.Evidence {
		return []scanner.Evidence{
			evidenceOf(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"]}`),
			evidenceOf(document.KindIdentityPolicy, roleARN, "inline/put", policyOf(`{"Effect":"Allow","Action":"`+action+`","Resource":"*"}`)),
		}
	}
	owner := evidenceOf(document.KindBucketOwner, bucketARN, "", `{"Account":"111122223333"}`)
	world := func(role scanner.Evidence, trust scanner.Evidence, policy string) []scanner.Evidence {
		bucket := evidenceOf(document.KindBucketPolicy, bucketARN, "", policyOf(
			`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, policy))
		return append(identity("s3:PutObject"), role, trust, owner, bucket)
	}
	deny := func(condition string) string {
		return `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"` + bucketARN + `/*","Condition":` + condition + `}`
	}
	unlessAudit := deny(`{"StringNotEquals":{"aws:principaltag/Team":"audit"}}`)
	assume, session := trust(`"sts:AssumeRole"`), trust(`"sts:AssumeRole","sts:TagSession"`)
	const writes = "s3:PutObject by " + roleARN + " on " + bucketARN + "/logs/a/*"
	for name, tt := range map[string]struct {
		before, after scanner.Evidence
		trust         scanner.Evidence
		policy        string
		effect        scanner.Effect // empty: no change
		says          string
	}{
		"lost":              {role(audit), role(other), assume, unlessAudit, scanner.EffectNarrowed, "changed from team=audit to team=sales: allowed before and no longer: " + writes},
		"taken away":        {role(audit), none, assume, unlessAudit, scanner.EffectNarrowed, "changed from team=audit to none: allowed before"},
		"gained":            {role(other), role(audit), assume, unlessAudit, scanner.EffectWidened, "allowed now and not before: " + writes},
		"one nobody asks":   {role(audit), role(cost + audit), assume, unlessAudit, "", ""},
		"nobody asks":       {role(audit), role(other), assume, deny(`{"StringNotEquals":{"aws:PrincipalTag/tea":"audit","aws:PrincipalArn":"` + roleARN + `"}}`), "", ""},
		"it is denied both": {role(`{"Key":"team","Value":"hr"}`), role(other), assume, unlessAudit, "", ""},
		"another matters more": {
			role(audit), role(other), assume, deny(`{"StringNotEquals":{"aws:PrincipalTag/team":"audit","aws:SourceVpce":"vpce-1"}}`), scanner.EffectIncomparable, "s3:PutObject depends on more than the tags",
		},
		"a session brings its own": {role(audit), role(other), session, unlessAudit, scanner.EffectIncomparable, "whoever assumes the role may bring other tags"},
		"not collected":            {role(""), role(audit), assume, unlessAudit, scanner.EffectIncomparable, "which were not collected both times"},
		"who may assume it goes by them": {
			role(audit), role(other), trust(`"sts:AssumeRole"],"Condition":{"StringEquals":{"iam:ResourceTag/team":"audit"}},"Resource":["*"`), unlessAudit, scanner.EffectIncomparable, "the trust policy of " + roleARN + " goes by them",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := world(tt.before, tt.trust, tt.policy), world(tt.after, tt.trust, tt.policy)
			if tt.effect == "" {
				want(t, between(t, snapshotOf(export("a", before...)), snapshotOf(export("a", after...))))
				return
			}
			change := one(t, before, after)
			if change.Effect != tt.effect || change.Pointer != "/Role/Tags" || !strings.Contains(change.Message, tt.says) {
				t.Errorf("%s %s: %s", change.Effect, change.Pointer, change.Message)
			}
			if tt.effect != scanner.EffectIncomparable && (change.Witness == nil || change.Witness.Principal != roleARN) {
				t.Errorf("witness %+v", change.Witness)
			}
		})
	}
	same, err := drift.Between(snapshotOf(export("a", world(role(`{"Key":"team","Value":"hr"}`), assume, unlessAudit)...)),
		snapshotOf(export("a", world(role(other), assume, unlessAudit)...)), drift.Options{Equivalent: true})
	if err != nil || len(same) != 1 || !strings.Contains(same[0].Message, "what the writer may is the same") {
		t.Errorf("with equivalent changes: %v %v", texts(same), err)
	}
}
