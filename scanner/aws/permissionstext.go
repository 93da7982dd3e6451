package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// JSON returns the permissions as one object, for reading and for tools.
func (p Permissions) JSON() string { return indented(p, "") + "\n" }

// CloudFormation returns a template, in YAML, that creates the reader role.
func (p Permissions) CloudFormation() string {
	var out strings.Builder
	fmt.Fprintf(&out, "AWSTemplateFormatVersion: %q\n", "2010-09-09")
	out.WriteString("Description: what trailguard reads in this account, and nothing else\n")
	out.WriteString("Resources:\n  TrailguardReader:\n    Type: AWS::IAM::Role\n    Properties:\n")
	fmt.Fprintf(&out, "      RoleName: %q\n", p.Role)
	// JSON is YAML, and the policy stays the text that IAM shows.
	fmt.Fprintf(&out, "      AssumeRolePolicyDocument:\n        %s\n", indented(p.TrustPolicy, "        "))
	fmt.Fprintf(&out, "      Policies:\n        - PolicyName: read\n          PolicyDocument:\n            %s\n", indented(p.ReaderPolicy, "            "))
	out.WriteString(p.keyComment())
	out.WriteString("Outputs:\n  ReaderRoleArn:\n    Value: !GetAtt TrailguardReader.Arn\n")
	return out.String()
}

// Terraform returns the same as resources of Terraform's AWS provider, in HCL.
func (p Permissions) Terraform() string {
	var out strings.Builder
	name := identifierPattern.ReplaceAllString(p.Role, "_")
	fmt.Fprintf(&out, "resource \"aws_iam_role\" %q {\n  name = %q\n", name, p.Role)
	fmt.Fprintf(&out, "  assume_role_policy = <<-JSON\n    %s\n  JSON\n}\n\n", indented(p.TrustPolicy, "    "))
	fmt.Fprintf(&out, "resource \"aws_iam_role_policy\" %q {\n  name = \"read\"\n  role = aws_iam_role.%s.id\n", name, name)
	fmt.Fprintf(&out, "  policy = <<-JSON\n    %s\n  JSON\n}\n\n", indented(p.ReaderPolicy, "    "))
	out.WriteString(p.keyComment())
	fmt.Fprintf(&out, "output %q {\n  value = aws_iam_role.%s.arn\n}\n", name+"_arn", name)
	return out.String()
}

// keyComment shows the statement for key policies, which belong to resources
// that exist already. Both languages comment with a hash.
func (p Permissions) keyComment() string {
	return "# Add this statement to the policy of each key that encrypts an export's bucket:\n# " +
		indented(p.KeyPolicyStatement, "# ") + "\n"
}

var identifierPattern = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// indented writes a document over several lines, all but the first behind a
// prefix.
func indented(document any, prefix string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(encode(document)), prefix, "  "); err != nil {
		panic(fmt.Sprintf("indent %T: %v", document, err)) // encode gives nothing but JSON
	}
	return out.String()
}
