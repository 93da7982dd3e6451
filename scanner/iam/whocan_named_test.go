package iam_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

func TestOneUser(t *testing.T) {
	const alice, bob, role = `"arn:aws:iam::111111111111:user/team/alice"`, `"arn:aws:iam::111111111111:user/bob"`, `"arn:aws:iam::111111111111:role/app"`
	for principal, want := range map[string]string{
		`{"AWS":` + alice + `}`:                                      "arn:aws:iam::111111111111:user/team/alice",
		`{"AWS":[` + alice + `,` + role + `]}`:                       "arn:aws:iam::111111111111:user/team/alice",
		`{"AWS":` + alice + `,"Service":"logging.s3.amazonaws.com"}`: "arn:aws:iam::111111111111:user/team/alice",
		`{"AWS":[` + alice + `,` + bob + `]}`:                        "",
		`{"AWS":[` + alice + `,"arn:aws:iam::111111111111:root"]}`:   "",
		`{"AWS":[` + alice + `,"*"]}`:                                "",
		`"*"`:                                                        "",
		`{"AWS":` + role + `}`:                                       "",
		`{"AWS":"AIDAEXAMPLEEXAMPLE001"}`:                            "",
	} {
		text := `{"Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}]}`
		p, err := iam.Parse([]byte(text), iam.ParseOptions{Type: iam.ResourcePolicy})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := iam.OneUser(iam.WhoIsNamed(p, "s3:PutObject", "arn:aws:s3:::b/logs/*"))
		if ok != (want != "") || got.Principal.Value != want {
			t.Errorf("of %s it is %q, want %q", principal, got.Principal.Value, want)
		}
	}
}
