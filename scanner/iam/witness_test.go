package iam_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// derivedNames are the keys that AWS takes from the principal, as it spells them.
var derivedNames = []string{"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid", "aws:username", "aws:PrincipalServiceName"}

// impossible says why no request can be like a witness, as far as its principal tells.
func impossible(w *iam.Witness) string {
	service := !strings.HasPrefix(w.Principal, "arn:") && w.Principal != iam.Anonymous
	for name, values := range w.Context {
		for _, n := range derivedNames {
			if strings.EqualFold(n, name) && n != name {
				return name + " is spelt otherwise than AWS does"
			}
		}
		v, kind := values[0], ""
		parts := strings.SplitN(w.Principal, ":", 6)
		if len(parts) == 6 {
			kind, _, _ = strings.Cut(parts[5], "/")
		}
		ok := true
		switch name {
		case "aws:PrincipalArn":
			ok = v == w.Principal
			if kind == "assumed-role" {
				role := strings.Split(parts[5], "/")[1]
				ok = strings.HasPrefix(v, "arn:aws:iam::"+parts[4]+":role/") && strings.HasSuffix(v, "/"+role)
			}
		case "aws:PrincipalAccount":
			ok = service || w.Principal == v || len(parts) == 6 && v == parts[4]
		case "aws:PrincipalType":
			ok = v == map[string]string{"user": "User", "role": "AssumedRole", "assumed-role": "AssumedRole", "root": "Account", "federated-user": "FederatedUser", "": "Anonymous"}[kind]
		case "aws:username":
			ok = kind == "user" && strings.HasSuffix(w.Principal, "/"+v)
		case "aws:userid":
			switch kind {
			case "user":
				ok = strings.HasPrefix(v, "AIDA") && !strings.Contains(v, ":")
			case "role":
				ok = strings.HasPrefix(v, "AROA") && strings.Contains(v, ":")
			case "assumed-role":
				ok = strings.HasPrefix(v, "AROA") && strings.HasSuffix(v, ":"+strings.Split(parts[5], "/")[2])
			case "root":
				ok = v == parts[4]
			case "federated-user":
				ok = v == parts[4]+":"+strings.TrimPrefix(parts[5], "federated-user/")
			case "":
				ok = v == iam.Anonymous
			}
		case "aws:PrincipalServiceName":
			ok = v == w.Principal
		}
		if !ok {
			return name + " is " + v + " for " + w.Principal
		}
	}
	return ""
}

func checkWitness(t *testing.T, what string, w *iam.Witness) {
	t.Helper()
	if w == nil {
		t.Errorf("%s: no witness", what)
	} else if why := impossible(w); why != "" {
		t.Errorf("%s: %s: %+v", what, why, *w)
	}
}

// TestComparedWitnessIsPossible gives a real bucket policy a statement for another account.
func TestComparedWitnessIsPossible(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "acme", "policies", "bucket", "finance.json"))
	if err != nil {
		t.Fatal(err)
	}
	before := mustParse(t, iam.ResourcePolicy, string(text))
	after := mustParse(t, iam.ResourcePolicy, strings.Replace(string(text), `"Statement": [`, `"Statement": [
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::acme-audit-finance-eu/*"},`, 1))
	got := iam.ComparePolicies(before, after, iam.CompareOptions{Type: iam.ResourcePolicy, Account: "111111111111", Resource: "arn:aws:s3:::acme-audit-finance-eu"})
	if got.Change != iam.Widened {
		t.Fatalf("got %+v, want widened", got)
	}
	checkWitness(t, "compare", got.Widened)
	if !strings.HasPrefix(got.Widened.Principal, "arn:aws:iam::999999999999:role/") || got.Widened.Context["aws:PrincipalArn"] == nil {
		t.Errorf("the witness is no role of the other account: %+v", *got.Widened)
	}
}

// TestWitnessesArePossible asks about every principal key that AWS derives, of every kind of principal.
func TestWitnessesArePossible(t *testing.T) {
	conditions := []string{
		`"ArnLike":{"aws:principalarn":"arn:aws:iam::*:role/ops-*"}`,
		`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/team/*"},"StringEquals":{"aws:username":"alice"}`,
		`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}`,
		`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}`,
		`"StringEquals":{"AWS:USERNAME":"alice"}`,
		`"StringLike":{"aws:userId":"AROAEXAMPLE:*"}`,
		`"StringNotLike":{"aws:userid":["AROA*","AIDA*"]}`,
		`"StringLike":{"aws:userid":"AIDA*"}`,
		`"StringEquals":{"aws:principaltype":"User"}`,
		`"StringNotEquals":{"aws:PrincipalType":"AssumedRole"}`,
		`"StringEquals":{"aws:PrincipalAccount":"222222222222"}`,
		`"StringNotEquals":{"aws:PrincipalServiceName":"x.amazonaws.com"}`,
		`"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`,
	}
	const who = `{"AWS":["222222222222","arn:aws:iam::333333333333:role/r","arn:aws:iam::333333333333:user/p/alice","arn:aws:sts::333333333333:assumed-role/r/s",` +
		`"arn:aws:sts::333333333333:federated-user/f"],"Service":"logs.amazonaws.com"}`
	for _, condition := range conditions {
		for _, principal := range []string{`"*"`, who} {
			p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":`+principal+
				`,"Action":["s3:PutObject","sts:AssumeRole"],"Resource":"*","Condition":{`+condition+`}}}`)
			for _, a := range iam.WhoCan(iam.WhoCanQuestion{
				Action: "s3:PutObject", Resource: "arn:aws:s3:::b/*", ResourceAccount: "111111111111", Policies: iam.Policies{Resource: p},
			}) {
				checkWitness(t, condition+" "+line(a), a.Witness)
			}
			for _, a := range iam.WhoCanAssume(p, iam.AssumeQuestion{RoleARN: "arn:aws:iam::111111111111:role/target"}) {
				checkWitness(t, condition+" assume "+line(a), a.Witness)
			}
			c := iam.ComparePolicies(nil, p, iam.CompareOptions{Type: iam.ResourcePolicy, Account: "111111111111", Resource: bucketARN})
			if c.Narrowed != nil {
				t.Errorf("%s: a policy more takes away %+v", condition, *c.Narrowed)
			}
			if c.Widened != nil {
				checkWitness(t, condition+" compare", c.Widened)
			}
		}
	}
}

// TestMembersOfAnAccount asks for whom of an account a condition on the principal leaves room.
func TestMembersOfAnAccount(t *testing.T) {
	tests := []struct {
		condition, want string // the witness's principal, empty for nobody
	}{
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/team/*"},"StringEquals":{"aws:username":"alice"}`, "arn:aws:iam::222222222222:user/team/alice"},
		{`"StringEquals":{"aws:username":"alice","aws:PrincipalType":"User"}`, "arn:aws:iam::222222222222:user/alice"},
		{`"StringEquals":{"aws:username":"alice","aws:PrincipalType":"AssumedRole"}`, ""},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}`, "arn:aws:iam::222222222222:root"},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:group/*"}`, ""},
		{`"StringEquals":{"aws:PrincipalType":"Account"}`, "arn:aws:iam::222222222222:root"},
		{`"StringEquals":{"aws:userid":"222222222222"}`, "arn:aws:iam::222222222222:root"},
	}
	for _, tt := range tests {
		p := mustParse(t, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},`+
			`"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*","Condition":{`+tt.condition+`}}}`)
		got := ""
		for _, a := range iam.WhoCan(iam.WhoCanQuestion{
			Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: "111111111111", Policies: iam.Policies{Resource: p}, Outside: true,
		}) {
			got = a.Witness.Principal
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.condition, got, tt.want)
		}
	}
}
