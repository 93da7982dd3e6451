package facts_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// says looks for words in everything that a fact says.
func says(t testing.TB, s *scanner.Subject, fact, words string) bool {
	status := s.Facts[fact]
	said := []string{status.Because}
	for _, r := range status.Reasons {
		said = append(said, r.Note, r.At)
	}
	for _, g := range status.Gaps {
		said = append(said, g.Detail)
	}
	said = append(said, status.Needs...)
	input := string(written(t, s))
	_, value, _ := strings.Cut(input, `"`+fact+`":{`)
	value, _, _ = strings.Cut(value, `"state":`)
	_, own, _ := strings.Cut(input, `"`+fact+`":{"state":"known","value":`)
	own, _, _ = strings.Cut(own, `}},"`)
	said = append(said, value, own)
	return strings.Contains(strings.Join(said, "\n"), words)
}

const (
	immutaTrust = `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole"`
	withID      = `"Condition":{"StringEquals":{"sts:ExternalId":"` + configurationID + `"}}`
)

const opsAdmin = "arn:aws:iam::111111111111:role/ops-admin"

func trustsOps(more string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + opsAdmin + `"},"Action":"sts:AssumeRole"` + more + `}`
}

func refusedBy(caller string) string {
	return "Error testing access to S3 using AssumedRole " + roleARN + " - User: " + caller + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN
}

// summaryDeclared declares the id of an access summary export.
func summaryDeclared(x *scanner.Expect) {
	x.OtherExternalIDs = []scanner.OtherExternalID{{ID: "summary", Reason: "access summary export of finance"}}
}

var trustScenarios = map[string]scenario{
	"stale id": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":"old-id"}}}`)
		},
		want: expectation{"external_id_accepted": bad, "external_id_bypass": bad}, fact: "external_id_bypass", says: `with ExternalId \"old-id\"`,
	},
	"no condition": {
		do:   func(w *world) { w.trust(`{` + immutaTrust + `}`) },
		want: expectation{"external_id_bypass": bad}, fact: "external_id_bypass", says: "without an ExternalId",
	},
	"two configurations, one role": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":["` + configurationID + `","` + otherID + `"]}}}`)
		},
	},
	"another configuration's id only": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":"` + otherID + `"}}}`)
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: "demands",
	},
	"stale id beside the right one": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":["` + configurationID + `","old-id"]}}}`)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"an access summary's id, which is declared": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":["` + configurationID + `","summary"]}}}`)
			w.expect(summaryDeclared)
		},
		fact: "external_id_bypass", says: `"declared":["summary"]`,
	},
	"an access summary's id, which is declared, and another": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":["` + configurationID + `","summary","old-id"]}}}`)
			w.expect(summaryDeclared)
		},
		want: expectation{"external_id_bypass": bad}, fact: "external_id_bypass", says: `with ExternalId \"old-id\"`,
	},
	"an access summary's id alone": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":"summary"}}}`)
			w.expect(summaryDeclared)
		},
		want: expectation{"external_id_accepted": bad},
	},
	"no condition, and an access summary's id is declared": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `}`)
			w.expect(summaryDeclared)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"any id like that of an access summary, which is declared": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringLike":{"sts:ExternalId":["` + configurationID + `","summary*"]}}}`)
			w.expect(summaryDeclared)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"stale id, and a tenant unreadable": {
		do: func(w *world) {
			w.options.Tenants = append(w.options.Tenants, scanner.Tenant{Name: "other"})
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":["` + configurationID + `","old-id"]}}}`)
		},
		want: everything(unknown, "external_id_bypass", "destination"),
	},
	"no condition, and a tenant unreadable": {
		do: func(w *world) {
			w.options.Tenants = append(w.options.Tenants, scanner.Tenant{Name: "other"})
			w.trust(`{` + immutaTrust + `}`)
		},
		want: expectation{"external_id_bypass": bad, "destination": unknown},
	},
	"right id, and a tenant unreadable": {
		do:   func(w *world) { w.options.Tenants = append(w.options.Tenants, scanner.Tenant{Name: "other"}) },
		want: expectation{"destination": unknown},
	},
	"IfExists protects nothing": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"` + configurationID + `"}}}`)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"pattern for every id": {
		do:   func(w *world) { w.trust(`{` + immutaTrust + `,"Condition":{"StringLike":{"sts:ExternalId":"*"}}}`) },
		want: expectation{"external_id_bypass": bad}, fact: "external_id_bypass", says: "no configuration has",
	},
	"second Allow reopens": {
		do:   func(w *world) { w.trust(`{`+immutaTrust+`,`+withID+`}`, `{`+immutaTrust+`}`) },
		want: expectation{"external_id_bypass": bad},
	},
	"closed by a Deny": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`}`, `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:ExternalId":"`+configurationID+`"}}}`)
		},
	},
	"a Deny that only demands some id": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`}`, `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"Null":{"sts:ExternalId":"true"}}}`)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"organisation demanded, no id": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-immuta"}}}`)
		},
		want: expectation{"external_id_bypass": unknown, "external_id_accepted": unknown}, fact: "external_id_bypass", says: "aws:PrincipalOrgID",
	},
	"principal's name demanded, no id": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/immuta*"}}}`)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"role named, with id": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"` + immutaRole + `"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
	},
	"own account trusted too": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}`)
		},
		want: expectation{"trusted_principals": bad},
	},
	"own account expected": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts = []string{"111111111111"} })
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
	},
	"break-glass role in the own account": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.BreakGlass = []string{"arn:aws:iam::111111111111:role/ops-admin"} })
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/ops-admin"},"Action":"sts:AssumeRole"}`)
		},
	},
	"a stranger, with the right id": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:*",`+withID+`}`)
		},
		want: expectation{"trusted_principals": bad}, fact: "trusted_principals", says: "999999999999",
	},
	"anyone, with the right id": {
		do:   func(w *world) { w.trust(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole",` + withID + `}`) },
		want: expectation{"trusted_principals": bad}, fact: "trusted_principals", says: "anyone",
	},
	"a service": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)
		},
		want: expectation{"other_doors": bad},
	},
	"a service alone": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)
		},
		want: expectation{"other_doors": bad, "external_id_accepted": bad}, fact: "external_id_accepted", says: `"cause":"not_trusted"`,
	},
	"a service expected, and nobody else": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts, x.ImmutaPrincipals = nil, []string{"ec2.amazonaws.com"} })
			w.trust(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)
		},
		want: expectation{"external_id_accepted": bad},
	},
	"own identity provider, expected and bound": {
		do: func(w *world) {
			provider := "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC"
			w.expect(func(x *scanner.Expect) { x.ImmutaPrincipals = []string{provider} })
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"Federated":"`+provider+`"},"Action":"sts:AssumeRoleWithWebIdentity",
				"Condition":{"StringEquals":{"oidc.eks.us-east-1.amazonaws.com/id/ABC:sub":"system:serviceaccount:immuta:audit"}}}`)
		},
	},
	"identity provider expected, and open to strangers by one of two statements": {
		do: func(w *world) {
			provider := "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
			w.expect(func(x *scanner.Expect) { x.BreakGlass = []string{provider} })
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"Federated":"`+provider+`"},"Action":"sts:AssumeRoleWithWebIdentity",
				"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}}`, `{"Effect":"Allow","Principal":{"Federated":"`+provider+`"},
				"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}}`)
		},
		want: expectation{"other_doors": bad}, fact: "other_doors", says: "githubusercontent.com:sub",
	},
	"identity provider nobody expects": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity",
				"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}}`)
		},
		want: expectation{"other_doors": bad},
	},
	"expected by principal, account trusted": {
		do:   func(w *world) { w.expect(func(x *scanner.Expect) { x.ImmutaPrincipals = []string{immutaRole} }) },
		want: expectation{"trusted_principals": bad},
	},
	"nobody expected": {
		do:   func(w *world) { w.expect(func(x *scanner.Expect) { x.ImmutaAccounts = nil }) },
		want: expectation{"trusted_principals": unknown}, fact: "trusted_principals", says: "expect.immutaAccounts",
	},
	"expected by the tenant's status text": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts = nil })
			w.options.Tenants[0].Principals = []string{"arn:aws:sts::222222222222:assumed-role/immuta/session"}
		},
	},
	"expected by the export's status text, role named": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts = nil })
			w.record.Configuration.ConnectionStatus = "Error testing access to S3 using AssumedRole " + roleARN + " - User: arn:aws:sts::222222222222:assumed-role/immuta/session is not authorized to perform: sts:AssumeRole on resource: " + roleARN
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"` + immutaRole + `"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"connection": bad},
	},
	"role missing": {
		do: func(w *world) {
			for _, kind := range []document.Kind{document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy} {
				w.drop(kind)
			}
			w.absent(document.KindRole, roleARN)
		},
		want: expectation{"writer_excess": none, "external_id_accepted": bad, "external_id_bypass": none, "trusted_principals": none, "other_doors": none, "writer": bad, "put_object": bad}, fact: "external_id_accepted", says: "does not exist",
	},
	"trust policy unreadable": {do: func(w *world) { w.deny(document.KindTrustPolicy) }, want: everything(unknown, trustFacts...)},
	"trust policy refused": {
		do:   func(w *world) { w.trust(`{` + immutaTrust + `,"condition":{}}`) },
		want: everything(unknown, trustFacts...), fact: "external_id_bypass", says: "/Statement/0/condition",
	},
	"sts:TagSession alone": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:TagSession",` + withID + `}`)
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: `"cause":"not_trusted"`,
	},
	"Immuta's statement lost, break-glass kept": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.BreakGlass = []string{opsAdmin} })
			w.trust(trustsOps(""))
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: `"cause":"not_trusted"`,
	},
	"Immuta's statement lost, break-glass with MFA kept": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.BreakGlass = []string{opsAdmin} })
			w.trust(trustsOps(`,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`))
		},
		want: expectation{"external_id_accepted": bad},
	},
	"Immuta's statement lost, Immuta in the own account": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts, x.BreakGlass = []string{"111111111111"}, []string{opsAdmin} })
			w.trust(trustsOps(""))
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: `"immuta":["111111111111"]`,
	},
	"Immuta's statement lost, nobody expected": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts, x.BreakGlass = nil, []string{opsAdmin} })
			w.trust(trustsOps(""))
		},
		want: expectation{"external_id_accepted": bad, "trusted_principals": unknown},
	},
	"own account in the place of Immuta's": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"external_id_accepted": bad, "trusted_principals": bad}, fact: "external_id_accepted", says: `"cause":"own_account","instead":["111111111111"]`,
	},
	"own account in the place of Immuta's, whom nobody told": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts = nil })
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"trusted_principals": unknown},
	},
	"a stranger in the place of Immuta": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"external_id_accepted": bad, "trusted_principals": bad}, fact: "external_id_accepted", says: `"cause":"not_trusted"`,
	},
	"deleted principal": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEEXAMPLE001"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: everything(bad, "external_id_accepted", "deleted_principals"), fact: "external_id_accepted", says: `"cause":"deleted_principal","instead":["AROAEXAMPLEEXAMPLE001"]`,
	},
	"deleted principal beside Immuta's account": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":["AIDAEXAMPLEEXAMPLE001","222222222222"]},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"deleted_principals": bad}, fact: "deleted_principals", says: "AIDAEXAMPLEEXAMPLE001",
	},
	"a Deny on other accounts": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111111111111"}}}`)
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: `"cause":"denied"`,
	},
	"a Deny that spares Immuta's account": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}}}`)
		},
	},
	"a Deny for all but Immuta's account": {
		do: func(w *world) {
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"`+immutaRole+`"},"Action":"sts:AssumeRole",`+withID+`}`, `{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::222222222222:root","`+immutaRole+`"]},"Action":"sts:AssumeRole"}`)
		},
	},
	"a Deny for all but another account": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`,`+withID+`}`, `{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}`)
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: `"cause":"denied"`,
	},
	"a Deny on all but a stale id": {
		do: func(w *world) {
			w.trust(`{`+immutaTrust+`}`, `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:ExternalId":"old-id"}}}`)
		},
		want: expectation{"external_id_accepted": bad, "external_id_bypass": bad}, fact: "external_id_accepted", says: `"demanded_ids":["old-id"]`,
	},
	"every id but this one": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringNotEquals":{"sts:ExternalId":"` + configurationID + `"}}}`)
		},
		want: expectation{"external_id_accepted": bad, "external_id_bypass": bad}, fact: "external_id_accepted", says: "condition on sts:ExternalId that",
	},
	"source account demanded of a principal": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringEquals":{"sts:ExternalId":"` + configurationID + `","aws:SourceAccount":"222222222222"}}}`)
		},
		want: expectation{"external_id_accepted": bad}, fact: "external_id_accepted", says: "condition on aws:SourceAccount that",
	},
	"pattern that holds the id": {
		do: func(w *world) {
			w.trust(`{` + immutaTrust + `,"Condition":{"StringLike":{"sts:ExternalId":"` + configurationID[:35] + `?"}}}`)
		},
		want: expectation{"external_id_bypass": bad},
	},
	"status text names another caller than is declared": {
		do: func(w *world) {
			w.record.Configuration.ConnectionStatus = refusedBy("arn:aws:sts::333333333333:assumed-role/immuta/session")
		},
		want: expectation{"connection": bad, "external_id_accepted": bad}, fact: "external_id_accepted", says: `"trustees":["333333333333"]`,
	},
	"status text names a caller that is trusted and not declared": {
		do: func(w *world) {
			w.record.Configuration.ConnectionStatus = refusedBy("arn:aws:iam::333333333333:user/immuta")
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:user/immuta"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"connection": bad, "trusted_principals": bad},
	},
	"principal declared, another of its account trusted": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.ImmutaPrincipals = []string{immutaRole} })
			w.trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/other"},"Action":"sts:AssumeRole",` + withID + `}`)
		},
		want: expectation{"external_id_accepted": bad, "trusted_principals": bad},
	},
	"root declared as the principal": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) {
				x.ImmutaAccounts, x.ImmutaPrincipals = nil, []string{"arn:aws:iam::222222222222:root"}
			})
		},
	},
	"own identity provider alone": {
		do: func(w *world) {
			provider := "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC"
			w.expect(func(x *scanner.Expect) { x.ImmutaAccounts, x.ImmutaPrincipals = nil, []string{provider} })
			w.trust(`{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity",
				"Condition":{"StringEquals":{"oidc.eks.us-east-1.amazonaws.com/id/ABC:sub":"system:serviceaccount:immuta:audit"}}}`)
		},
	},
}

var putScenarios = map[string]scenario{
	"bucket ARN only": {
		do: func(w *world) {
			w.identity(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucketARN + `"}`)
		},
		want: expectation{"put_object": bad},
	},
	"another prefix": {
		do: func(w *world) {
			w.identity(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucketARN + `/other/*"}`)
		},
		want: expectation{"put_object": bad},
	},
	"part of the prefix": {
		do: func(w *world) {
			w.identity(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucketARN + `/immuta/2026*"}`)
		},
		want: expectation{"put_object": bad}, fact: "put_object", says: "not every key",
	},
	"granted to one session of the role": {
		do: func(w *world) {
			w.identity()
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:sts::111111111111:assumed-role/immuta-audit/immuta"}`, "s3:PutObject", ""))
		},
		want: expectation{"writer_excess": sound, "put_object": unknown}, fact: "put_object", says: "aws:userid",
	},
	"Deny for one session of the role": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/immuta-audit/nightly"},"Action":"s3:*","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"writer_excess": sound, "put_object": unknown}, fact: "put_object", says: "aws:userid",
	},
	"Deny that spares the role and one session": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","NotPrincipal":{"AWS":["`+roleARN+`","arn:aws:sts::111111111111:assumed-role/immuta-audit/immuta","111111111111"]},"Action":"s3:*","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"writer_excess": sound, "put_object": unknown}, fact: "put_object", says: "aws:userid",
	},
	"Deny that spares one session's id": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"StringNotLike":{"aws:userid":"AROAEXAMPLE:immuta-*"}}}`)
		},
		want: expectation{"writer_excess": sound, "put_object": unknown}, fact: "put_object", says: "aws:userid",
	},
	"Deny that spares every session of the role by its id": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"StringNotLike":{"aws:userid":["AROAEXAMPLE:*","111111111111"]}}}`)
		},
	},
	"Deny that spares another role's id alone": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"StringNotLike":{"aws:userid":"AROAOTHER:*"}}}`)
		},
		want: expectation{"put_object": bad},
	},
	"granted to a session of another role beside": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:sts::111111111111:assumed-role/ops/immuta"}`, "s3:PutObject", ""))
		},
	},
	"nothing granted, and no session is invented": {
		do:   func(w *world) { w.identity() },
		want: expectation{"put_object": bad}, fact: "put_object", says: roleARN,
	},
	"exactly the prefix": {
		do: func(w *world) {
			w.identity(`{"Effect":"Allow","Action":"s3:Put*","Resource":"` + bucketARN + `/immuta/*"}`)
		},
		want: expectation{"writer_excess": bad},
	},
	"path spelt with slashes": {do: func(w *world) { w.endpoint().Path = "/immuta/" }},
	"whole bucket": {
		do: func(w *world) {
			w.endpoint().Path = ""
			w.identity(`{"Effect":"Allow","Action":"s3:Put*","Resource":"` + bucketARN + `/immuta/*"}`)
		},
		want: expectation{"writer_excess": bad, "put_object": bad},
	},
	"Deny on part of the prefix": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/immuta/secret/*"}`)
		},
		want: expectation{"put_object": bad},
	},
	"Deny that names the role": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Sid":"NoImmuta","Effect":"Deny","Principal":{"AWS":"`+roleARN+`"},"Action":"s3:*","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"put_object": bad}, fact: "put_object", says: "/Statement/1",
	},
	"Deny unless encrypted": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}`)
		},
		want: expectation{"writer_excess": sound, "put_object": unknown}, fact: "put_object", says: "s3:x-amz-server-side-encryption",
	},
	"Deny outside a VPC endpoint": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"`+bucketARN+`/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}`)
		},
		want: expectation{"writer_excess": sound, "put_object": unknown}, fact: "put_object", says: "aws:SourceVpce",
	},
	"Deny for everyone but the role": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"}}}`)
		},
	},
	"Deny for everyone but the role's sessions by id": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"StringNotLike":{"aws:userId":"AROAEXAMPLE:*"}}}`)
		},
	},
	"granted by the bucket policy alone": {
		do: func(w *world) {
			w.identity(`{"Effect":"Allow","Action":"s3:GetBucketLocation","Resource":"*"}`)
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`)
		},
	},
	"cross-account without the other side": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"333333333333"} })
			w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"333333333333"}`)
		},
		want: expectation{"put_object": bad}, fact: "put_object", says: "bucket policy does not allow",
	},
	"boundary refuses": {
		do: func(w *world) {
			w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"],"Boundary":"arn:aws:iam::111111111111:policy/b"}`)
			w.set(document.KindBoundary, roleARN, "arn:aws:iam::111111111111:policy/b", policy(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`))
		},
		want: expectation{"put_object": bad}, fact: "put_object", says: "boundary",
	},
	"boundary unreadable": {
		do: func(w *world) {
			w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"],"Boundary":"arn:aws:iam::111111111111:policy/b"}`)
		},
		want: expectation{"writer_excess": sound, "put_object": unknown},
	},
	"a listed policy is not there": {
		do: func(w *world) {
			w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put","inline/other"]}`)
		},
		want: expectation{"put_object": unknown}, fact: "put_object", says: "inline/other",
	},
	"no policies at all": {
		do: func(w *world) {
			w.drop(document.KindIdentityPolicy)
			w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":[]}`)
		},
		want: expectation{"put_object": bad},
	},
	"part of the list unreadable": {
		do: func(w *world) {
			w.record.Gaps = append(w.record.Gaps, scanner.Gap{Kind: document.KindIdentityPolicies, Call: "iam:ListRolePolicies", Resource: roleARN, Name: "inline", Reason: scanner.ReasonDenied})
		},
		want: expectation{"put_object": unknown},
	},
	"cross-account, public policy restricted": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"333333333333"} })
			w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"333333333333"}`)
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`,
				`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"`+bucketARN+`/pub/*"}`)
		},
		want: expectation{"put_object": bad},
	},
}

var writerScenarios = map[string]scenario{
	"user missing": {
		base: withUser,
		do: func(w *world) {
			w.drop(document.KindIdentityPolicies)
			w.drop(document.KindIdentityPolicy)
			w.drop(document.KindAccessKeys)
			w.absent(document.KindUser, userARN)
		},
		want: expectation{"writer_excess": none, "writer": bad, "put_object": bad, "writer_key": bad},
	},
	"user not told": {
		base: withUser, do: func(w *world) { w.endpoint().UserARN = "" },
		want: expectation{"writer": bad, "put_object": unknown, "writer_key": unknown}, fact: "put_object", says: "exports." + configurationID + ".userArn",
	},
	"user told by the operator": {
		base: withUser,
		do: func(w *world) {
			w.endpoint().UserARN = ""
			w.options.Settings.Exports[configurationID] = scanner.ExportHint{UserARN: userARN, Owner: "finance"}
		},
	},
	"user named by the bucket policy alone": {
		base: withUser,
		do: func(w *world) {
			w.endpoint().UserARN = ""
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+userARN+`"},"Action":"s3:PutObject","Resource":["`+bucketARN+`","`+bucketARN+`/*"]}`)
		},
		fact: "writer", says: "bucket policy, which lets this user alone upload",
	},
	"user named by the bucket policy alone, as nobody knew to ask for": {
		base: withUser,
		do: func(w *world) {
			w.endpoint().UserARN = ""
			for _, kind := range []document.Kind{document.KindUser, document.KindIdentityPolicies, document.KindIdentityPolicy, document.KindAccessKeys} {
				w.drop(kind)
			}
			w.record.Gaps = append(w.record.Gaps, scanner.Gap{Kind: document.KindUser, Reason: scanner.ReasonSubjectMissing, Detail: "name the user"})
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+userARN+`"},"Action":"s3:PutObject","Resource":["`+bucketARN+`","`+bucketARN+`/*"]}`)
		},
		want: expectation{"put_object": unknown, "writer_key": unknown},
	},
	"two users named by the bucket policy": {
		base: withUser,
		do: func(w *world) {
			w.endpoint().UserARN = ""
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":["`+userARN+`","arn:aws:iam::111111111111:user/other"]},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"writer": bad, "put_object": unknown, "writer_key": unknown},
	},
	"user and a whole account named": {
		base: withUser,
		do: func(w *world) {
			w.endpoint().UserARN = ""
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":["`+userARN+`","arn:aws:iam::111111111111:root"]},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`)
		},
		want: expectation{"writer": bad, "put_object": unknown, "writer_key": unknown},
	},
	"user not told, bucket policy unreadable": {
		base: withUser,
		do: func(w *world) {
			w.endpoint().UserARN = ""
			w.deny(document.KindBucketPolicy)
		},
		want: everything(unknown, "writer", "writer_key", "put_object", "tls", "foreign_writers"),
	},
	"user by its own policy through a group": {
		base: withUser,
		do: func(w *world) {
			w.drop(document.KindIdentityPolicy)
			w.set(document.KindIdentityPolicies, userARN, "", `{"Policies":["group/writers/inline/put"]}`)
			w.set(document.KindIdentityPolicy, userARN, "group/writers/inline/put", identityText)
		},
	},
	"multi-factor demanded of an access key": {
		base: withUser,
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"`+bucketARN+`/*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`)
		},
		want: expectation{"put_object": bad},
	},
	"the only access key is inactive": {
		base: withUser, do: func(w *world) { w.keys(`{"AccessKeyId":"…KEY0","Status":"Inactive"}`) },
		want: expectation{"writer_key": bad}, fact: "writer_key", says: `"inactive":["…KEY0"]`,
	},
	"an inactive access key beside an active one": {
		base: withUser, do: func(w *world) {
			w.keys(`{"AccessKeyId":"…KEY0","Status":"Inactive"},{"AccessKeyId":"…KEY1","Status":"Active"}`)
		},
		want: expectation{"writer_key": sound, "key_age": unknown},
	},
	"no access key": {base: withUser, do: func(w *world) { w.keys("") }, want: expectation{"writer_key": bad}},
	"an access key of a status that nobody knows": {
		base: withUser, do: func(w *world) { w.keys(`{"AccessKeyId":"…KEY0","Status":"Dormant"}`) },
		want: expectation{"writer_key": unknown}, fact: "writer_key", says: "Dormant",
	},
	"access keys unreadable": {
		base: withUser, do: func(w *world) { w.deny(document.KindAccessKeys) }, want: expectation{"writer_key": unknown},
	},
	"when an access key was used is unreadable": {
		base: withUser, do: func(w *world) {
			w.record.Gaps = append(w.record.Gaps, scanner.Gap{Kind: document.KindAccessKeys, Resource: userARN, Name: "…KEY0", Reason: scanner.ReasonDenied})
		},
	},
}
