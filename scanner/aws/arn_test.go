package aws

import "testing"

func TestARNs(t *testing.T) {
	for text, want := range map[string]string{
		roleARN:                               "exporter",
		"arn:aws-cn:iam::" + home + ":role/r": "r",
		"arn:aws:iam::12:role/r":              "",
		"arn:aws:iam::" + home + ":user/r":    "",
		"arn:aws:iam::" + home + ":role/":     "",
		"arn:aws:sts::" + home + ":role/r":    "",
		"role/r":                              "",
		"arn::iam::" + home + ":role/r":       "",
	} {
		if got := principalName(parseARN(text), "role"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
