package iam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// tooMuch is more steps than any question may take: what a question is in the midst of when it
// runs out of work is finished.
const tooMuch = iam.Effort(64 << 20)

// unlike is a pattern that no other of the same kind covers.
func unlike(i int) string {
	var b strings.Builder
	for k := range 8 {
		b.WriteString("*" + string("abcdefghijklmnop"[i>>(2*k)%16]))
	}
	return fmt.Sprintf("%s*%d*", b.String(), i)
}

// hostile are statements that cost much to judge, as many as wanted. RESOURCE stands for the
// element of that name, ACTION for an action.
var hostile = map[string]func(i int) string{
	"accounts": func(i int) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"%012d"},"Action":"ACTION"RESOURCE}`, 100000000000+i)
	},
	"conditions": func(i int) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":"*","Action":"ACTION"RESOURCE,"Condition":{"StringLike":{"aws:PrincipalTag/k%d":%q}}}`, i, unlike(i))
	},
	"denies": func(i int) string {
		return fmt.Sprintf(`{"Effect":"%s","Principal":"*","Action":"ACTION"RESOURCE,"Condition":{"StringNotLike":{"aws:userid":%q}}}`, [...]string{"Allow", "Deny"}[i%2], unlike(i))
	},
	"principals": func(i int) string {
		return fmt.Sprintf(`{"Effect":"%s","Principal":"*","Action":"ACTION"RESOURCE,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/%s"}}}`, [...]string{"Allow", "Deny"}[i%2], unlike(i))
	},
	"one of all": func(i int) string {
		return fmt.Sprintf(`{"Effect":"%s","Principal":{"AWS":"arn:aws:iam::%012d:role/r%d"},"NotAction":"s3:%d*"RESOURCE,"Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":%q}}}`, [...]string{"Allow", "Deny"}[i%2], 100000000000+i%97, i, i, unlike(i))
	},
	"variables": func(i int) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":"*","Action":"ACTION"RESOURCE,"Condition":{"StringLike":{"aws:PrincipalTag/a%d":"${aws:PrincipalTag/a%d}*%d"}}}`, i%50, (i+1)%50, i)
	},
	"services": func(i int) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":{"Service":"s%d.amazonaws.com"},"Action":"ACTION"RESOURCE,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:%s"}}}`, i, unlike(i))
	},
	"ids": func(i int) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"%012d"},"Action":"ACTION"RESOURCE,"Condition":{"StringLike":{"sts:ExternalId":%q}}}`, 100000000000+i, unlike(i))
	},
}

// hostilePolicy is a policy of so many bytes.
func hostilePolicy(statement func(int) string, action, resource string, size int) string {
	fill := strings.NewReplacer("ACTION", action, "RESOURCE", resource)
	var statements []string
	for n := 0; n < size; {
		statements = append(statements, fill.Replace(statement(len(statements))))
		n += len(statements[len(statements)-1]) + 1
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// TestEffortIsBounded asks everything about policies of four times the size that AWS stores, made
// so that an answer takes as much work as possible.
func TestEffortIsBounded(t *testing.T) {
	const bucket, role = "arn:aws:s3:::trail", "arn:aws:iam::111111111111:role/writer"
	for name, statement := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustParse(t, iam.ResourcePolicy, hostilePolicy(statement, "s3:*", `,"Resource":["`+bucket+`","`+bucket+`/*"]`, 80_000))
			trust := mustParse(t, iam.TrustPolicy, hostilePolicy(statement, "sts:AssumeRole", "", 32_000))
			who := iam.WhoCanQuestion{Action: "s3:PutObject", Resource: bucket + "/logs/*", ResourceAccount: "111111111111", Policies: iam.Policies{Resource: b}, Outside: true}
			upload := iam.Request{
				Principal: role, Action: "s3:PutObject", Resource: bucket + "/logs/*", ResourceAccount: "111111111111",
				OthersUnknown: true,
			}
			assume := iam.Request{Action: "sts:AssumeRole", Resource: role, ResourceAccount: "111111111111", OthersUnknown: true}
			for question, ask := range map[string]func(*iam.Effort){
				"WhoCan":         func(e *iam.Effort) { q := who; q.Effort = e; iam.WhoCan(q) },
				"WhoIsNotDenied": func(e *iam.Effort) { q := who; q.Effort = e; iam.WhoIsNotDenied(q) },
				"WhoActsThrough": func(e *iam.Effort) {
					q := who
					q.Effort = e
					iam.WhoActsThrough(&q, iam.PrincipalClass{Kind: iam.ClassService, Value: "s1.amazonaws.com"}, []string{"111111111111"})
				},
				"WhoCanAssume": func(e *iam.Effort) {
					iam.WhoCanAssume(trust, iam.AssumeQuestion{RoleARN: role, Account: "111111111111", KnownExternalIDs: []string{"id"}, Effort: e})
				},
				"Ask": func(e *iam.Effort) {
					q := iam.Question{Request: upload, Policies: iam.Policies{Identity: []*iam.Policy{iam.AllowAll("all")}, Resource: b}, ObjectPrefix: "logs/", RoleID: "AROAEXAMPLE", Everywhere: true}
					q.Request.Effort = e
					iam.Ask(&q)
				},
				"AskAnybody": func(e *iam.Effort) {
					r := assume
					r.Effort = e
					iam.AskAnybody(&r, &iam.Policies{Resource: trust}, &iam.Callers{Accounts: []string{"222222222222"}})
				},
			} {
				var once, again iam.Effort
				ask(&once)
				ask(&again)
				if once <= 0 || once > tooMuch || again != once {
					t.Errorf("%s takes %d steps, and then %d; at most %d are wanted, and as many each time", question, once, again, tooMuch)
				}
			}
		})
	}
}

// TestAnAnswerThatIsCutShortSaysSo: whoever was not asked about is in the answer.
func TestAnAnswerThatIsCutShortSaysSo(t *testing.T) {
	const bucket = "arn:aws:s3:::trail"
	costly := hostilePolicy(func(i int) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"%012d"},"Action":"s3:*","Resource":"%s/*","Condition":{"StringLike":{"aws:userid":%q,"aws:PrincipalTag/a":%q}}}`, 100000000000+i%20, bucket, unlike(i), unlike(i+1))
	}, "", "", 200_000)
	p := mustParse(t, iam.ResourcePolicy, costly)
	who := iam.WhoCan(iam.WhoCanQuestion{Action: "s3:PutObject", Resource: bucket + "/*", ResourceAccount: "111111111111", Policies: iam.Policies{Resource: p}, Outside: true})
	last := who[len(who)-1]
	if len(who) >= 20 || last.Verdict != iam.Depends || !last.Capped || last.Principal.Value != "*" {
		t.Errorf("%d accesses, the last of which is %+v; want one that stands for those who were not asked about", len(who), last)
	}
}

// TestComparisonIsBounded: two hostile policies that differ are not told to be equivalent.
func TestComparisonIsBounded(t *testing.T) {
	for name, statement := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := func(size int) *iam.Policy {
				return mustParse(t, iam.ResourcePolicy, hostilePolicy(statement, "s3:PutObject", `,"Resource":"arn:aws:s3:::trail/*"`, size))
			}
			got := iam.ComparePolicies(policy(20_000), policy(24_000), iam.CompareOptions{Type: iam.ResourcePolicy, Resource: "arn:aws:s3:::trail", Account: "111111111111"})
			if got.Change == iam.Equivalent {
				t.Error("the policies are told to be equivalent")
			}
		})
	}
}
