package iam_test

import (
	"fmt"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

// Actions are compared as AWS does: without regard to case, and with no wildcards
// but * and ?.
func TestCoversAction(t *testing.T) {
	for element, want := range map[string]bool{
		`"Action": "sts:AssumeRole"`:                     true,
		`"Action": "STS:assumerole"`:                     true,
		`"Action": "sts:Assume*"`:                        true,
		`"Action": ["sts:TagSession", "sts:AssumeRol?"]`: true,
		`"Action": "sts:AssumeRoleWithSAML"`:             false,
		`"Action": "sts:[A]ssumeRole"`:                   false,
		`"NotAction": "sts:TagSession"`:                  true,
		`"NotAction": ["sts:TagSession", "sts:*"]`:       false,
		`"NotAction": "s3:*", "Sid": "everythingButS3"`:  true,
	} {
		text := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", %s}]}`, element)
		policy, err := iam.Parse([]byte(text), iam.ParseOptions{Name: "trust policy", Type: iam.TrustPolicy})
		if err != nil {
			t.Fatal(err)
		}
		if got := policy.CoversAction(0, "sts:AssumeRole"); got != want {
			t.Errorf("CoversAction with %s = %v", element, got)
		}
		if policy.MayAllow("sts:AssumeRole") {
			t.Errorf("a policy that denies %s may allow it", element)
		}
	}
}
