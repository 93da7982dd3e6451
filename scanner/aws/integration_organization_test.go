//go:build integration

package aws

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/trailguard/trailguard/fixtures/moto"
	"github.com/trailguard/trailguard/scanner/document"
)

const (
	motoManagement = "123456789012"
	motoSCP        = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]}`
	motoRCP        = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
)

// organized makes an organization in moto: a root with a service control policy, a
// unit with a resource control policy, an account in the unit.
func (c *creator) organized(o *organizations.Client) (root, unit, account, scp, rcp string) {
	c.t.Helper()
	c.done(o.CreateOrganization(c.ctx, &organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll}))
	roots := made[organizations.ListRootsOutput](c.t)(o.ListRoots(c.ctx, nil))
	root = *roots.Roots[0].Id
	for _, of := range []types.PolicyType{types.PolicyTypeServiceControlPolicy, types.PolicyTypeResourceControlPolicy} {
		_, err := o.EnablePolicyType(c.ctx, &organizations.EnablePolicyTypeInput{RootId: &root, PolicyType: of})
		if err != nil && !strings.Contains(err.Error(), "PolicyTypeAlreadyEnabled") {
			c.t.Fatal(err)
		}
	}
	unit = *made[organizations.CreateOrganizationalUnitOutput](c.t)(o.CreateOrganizationalUnit(c.ctx,
		&organizations.CreateOrganizationalUnitInput{ParentId: &root, Name: awssdk.String("workloads")})).OrganizationalUnit.Id
	created := made[organizations.CreateAccountOutput](c.t)(o.CreateAccount(c.ctx,
		&organizations.CreateAccountInput{AccountName: awssdk.String("exports"), Email: awssdk.String("exports@acme.example")}))
	account = *created.CreateAccountStatus.AccountId
	c.done(o.MoveAccount(c.ctx, &organizations.MoveAccountInput{AccountId: &account, SourceParentId: &root, DestinationParentId: &unit}))
	attach := func(name, text, target string, of types.PolicyType) string {
		p := made[organizations.CreatePolicyOutput](c.t)(o.CreatePolicy(c.ctx, &organizations.CreatePolicyInput{
			Name: &name, Description: &name, Content: &text, Type: of,
		})).Policy.PolicySummary.Id
		c.done(o.AttachPolicy(c.ctx, &organizations.AttachPolicyInput{PolicyId: p, TargetId: &target}))
		return *p
	}
	scp = attach("deny-uploads", motoSCP, root, types.PolicyTypeServiceControlPolicy)
	rcp = attach("tls-only", motoRCP, unit, types.PolicyTypeResourceControlPolicy)
	return root, unit, account, scp, rcp
}

// TestIntegrationOrganizationAgainstMoto reads every level of an organization.
func TestIntegrationOrganizationAgainstMoto(t *testing.T) {
	url := moto.Start(t)
	c := newCreator(t, url)
	o := organizations.NewFromConfig(awssdk.Config{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	})
	root, unit, account, scp, rcp := c.organized(o)
	out := collect(t, Options{
		Region: "us-east-1", Endpoint: url, Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
		Now: time.Now, MaxAttempts: 2, MaxBackoff: time.Millisecond,
		Organization: Account{AssumeRole: "arn:aws:iam::" + motoManagement + ":role/organization-reader"},
	}, roleExport("1", "gone", "arn:aws:iam::"+account+":role/exporter"), roleExport("2", "gone", "arn:aws:iam::999999999999:role/elsewhere"))
	for i := range out {
		for _, g := range out[i].Gaps {
			if g.Kind.Subject() == document.SubjectOrganization {
				t.Errorf("gap %+v", g)
			}
		}
	}
	text := func(kind document.Kind, resource, name string) string {
		e, ok := out[0].Find(kind, resource, name)
		if !ok {
			t.Errorf("no %s of %s %s", kind, resource, name)
			return ""
		}
		return e.Text
	}
	path := text(document.KindOrganizationPath, "arn:aws:iam::"+account+":root", "")
	for _, level := range []string{root, unit, account} {
		if !strings.Contains(path, `"`+level+`"`) {
			t.Errorf("%s is not on the path %s", level, path)
		}
		if list := text(document.KindServiceControls, document.LevelResource("aws", level), ""); !strings.Contains(list, "p-FullAWSAccess") {
			t.Errorf("the service control policies of %s are %s", level, list)
		}
	}
	if got := text(document.KindServiceControl, document.LevelResource("aws", root), scp); got != motoSCP {
		t.Errorf("the service control policy is %s", got)
	}
	if got := text(document.KindResourceControl, document.LevelResource("aws", unit), rcp); got != motoRCP {
		t.Errorf("the resource control policy is %s", got)
	}
	elsewhere, ok := out[1].Find(document.KindOrganizationPath, "arn:aws:iam::999999999999:root", "")
	if !ok || !elsewhere.Absent {
		t.Errorf("an account of another organization: %+v", elsewhere)
	}
}
