package cloudformation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/cloudformation"
)

// said is a change in a line, with its text.
func said(c *overlay.Change) string {
	effect := [...]string{"put", "edit", "remove", "unknown"}[c.Effect]
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s: %s %s of %s %s %s", c.Line, c.Origin, effect, c.Kind, c.Resource, c.Name, c.Text)), " ")
}

func read(t *testing.T, text string, o cloudformation.Options) []string {
	t.Helper()
	o.Name, o.Account, o.Partition = "t.yaml", "111111111111", "aws"
	plan, err := cloudformation.Read([]byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for i := range plan.Changes {
		list = append(list, said(&plan.Changes[i]))
	}
	return list
}

const functions = `Parameters:
  Team: {Type: String, Default: finance}
  Accounts: {Type: CommaDelimitedList, Default: "1, 2"}
  Secret: {Type: String, NoEcho: true, Default: x}
  Unset: {Type: String}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
Mappings:
  Regions: {eu-west-1: {Bucket: mapped}}
Conditions:
  Finance: !Equals [!Ref Team, finance]
  Other: !Not [!Condition Finance]
  Either: !Or [!Condition Other, !Equals [a, a]]
  Both: !And [!Condition Finance, !Condition Other]
  Open: !Equals [!Ref Unset, x]
  Circle: !Not [!Condition Circle]
Resources:
  Trail: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "audit-${Team}"}}
  Unnamed: {Type: "AWS::S3::Bucket"}
  Writer: {Type: "AWS::IAM::Role", Properties: {RoleName: !Ref Circular, Path: /immuta/}}
  Circular: {Type: "AWS::IAM::Role", Properties: {RoleName: !Ref Writer}}
  Named: {Type: "AWS::IAM::Role", Properties: {RoleName: named, Path: /immuta/}}
  P: {Type: "AWS::S3::BucketPolicy", Properties: {Bucket: b, PolicyDocument: {V: %s}}}
`

func TestFunctions(t *testing.T) {
	for text, want := range map[string]string{
		`!Ref Team`:                              `"finance"`,
		`{Ref: Team}`:                            `"finance"`,
		`!Ref Trail`:                             `"audit-finance"`,
		`!GetAtt Trail.Arn`:                      `"arn:aws:s3:::audit-finance"`,
		`!GetAtt [Trail, Arn]`:                   `"arn:aws:s3:::audit-finance"`,
		`!GetAtt Named.Arn`:                      `"arn:aws:iam::111111111111:role/immuta/named"`,
		`!Sub "${Trail.Arn}/*"`:                  `"arn:aws:s3:::audit-finance/*"`,
		`!Sub "${!aws:username}"`:                `"${aws:username}"`,
		`!Sub ["${A}-${Team}", {A: !Ref Trail}]`: `"audit-finance-finance"`,
		`!Sub "arn:${AWS::Partition}:${AWS::AccountId}"`:                `"arn:aws:111111111111"`,
		`!Join [":", [a, !Ref Team]]`:                                   `"a:finance"`,
		`!Join [",", !Ref Accounts]`:                                    `"1,2"`,
		`!Ref Accounts`:                                                 `["1","2"]`,
		`!Select [1, !Ref Accounts]`:                                    `"2"`,
		`!Select [0, !Split ["/", "a/b"]]`:                              `"a"`,
		`!FindInMap [Regions, eu-west-1, Bucket]`:                       `"mapped"`,
		`!If [Finance, 1, 2]`:                                           `1`,
		`!If [Other, 1, 2]`:                                             `2`,
		`!If [Either, yes, no]`:                                         `"yes"`,
		`!If [Both, a, b]`:                                              `"b"`,
		`[a, !Ref "AWS::NoValue", !If [Other, b, !Ref "AWS::NoValue"]]`: `["a"]`,
		`2012-10-17`:                                                    `"2012-10-17"`,
		`"<&>"`:                                                         `"<&>"`,
	} {
		got := read(t, fmt.Sprintf(functions, text), cloudformation.Options{})
		if last := got[len(got)-1]; last != `22 P: put bucket_policy of b {"V":`+want+`}` {
			t.Errorf("%s: %s", text, last)
		}
	}
	for _, text := range []string{
		"!Ref Unset", "!Ref Stored", "!Ref Nobody", "!Ref Unnamed", "!GetAtt Unnamed.Arn", "!GetAtt Trail.DomainName", "!ImportValue x",
		"!Sub \"${AWS::Region}\"", "!If [Open, 1, 2]", "!If [Circle, 1, 2]", "!If [Nobody, 1, 2]", "!Base64 x", "!Ref Writer", "!FindInMap [Regions, x, Bucket]",
		"!Select [7, !Ref Accounts]", "!Ref Secret", "{\"Fn::ForEach::A\": [x]}",
	} {
		got := read(t, fmt.Sprintf(functions, text), cloudformation.Options{})
		if last := got[len(got)-1]; last != "22 P: unknown bucket_policy of b" {
			t.Errorf("%s: %s", text, last)
		}
	}
	given := cloudformation.Options{Parameters: map[string]string{"AWS::Region": "eu-west-1", "Unset": "x"}, Names: map[string]string{"Unnamed": "stack-unnamed-1"}}
	for text, want := range map[string]string{
		`!Ref AWS::Region`: `"eu-west-1"`, `!If [Open, 1, 2]`: `1`, `!GetAtt Unnamed.Arn`: `"arn:aws:s3:::stack-unnamed-1"`,
	} {
		got := read(t, fmt.Sprintf(functions, text), given)
		if last := got[len(got)-1]; last != `22 P: put bucket_policy of b {"V":`+want+`}` {
			t.Errorf("%s: %s", text, last)
		}
	}
}

func TestResources(t *testing.T) {
	const role = "arn:aws:iam::111111111111:role/writer"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a bucket": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, Tags: [{Key: team, Value: 7}], VersioningConfiguration: {Status: Suspended},
    BucketEncryption: {ServerSideEncryptionConfiguration: [{BucketKeyEnabled: true, ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: k}}]},
    OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}, LoggingConfiguration: {DestinationBucketName: logs, LogFilePrefix: p/},
    ObjectLockConfiguration: {ObjectLockEnabled: Enabled, Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 30}}},
    PublicAccessBlockConfiguration: {BlockPublicAcls: "true", IgnorePublicAcls: true}}}`,
			[]string{
				`put public_access_block of trail {"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}}`,
				`put versioning of trail {"Status":"Suspended"}`,
				`put encryption of trail {"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"k"},"BucketKeyEnabled":true}]}}`,
				`put ownership of trail {"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`,
				`put object_lock of trail {"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":30}}}}`,
				`put access_log of trail {"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":"p/"}}`,
				`edit bucket_abac of trail [{"Key":"team","Value":"7"}]`,
			},
		},
		"a bucket with what is not translated, and what nobody knows": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, AccessControl: PublicRead, LifecycleConfiguration: {}, ReplicationConfiguration: {}, Newest: 1}}`,
			[]string{"unknown lifecycle of trail", "unknown replication of trail", "edit acl of trail acl=public-read", "unknown of trail"},
		},
		"rules of a bucket's lifecycle": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, LifecycleConfiguration: {Rules: [
    {Id: r, Status: Enabled, Prefix: p/, ExpirationInDays: "30", NoncurrentVersionExpiration: {NoncurrentDays: 7}, Transitions: [{StorageClass: GLACIER, TransitionInDays: 1}]}]}}}`,
			[]string{`put lifecycle of trail {"Rules":[{"ID":"r","Prefix":"p/","Status":"Enabled","Expiration":{"Days":30},"NoncurrentVersionExpiration":{"NoncurrentDays":7}}]}`},
		},
		"rules of a lifecycle that are not translated": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationInDays: 1, Shred: true}]}}}`,
			[]string{"unknown lifecycle of trail"},
		},
		"rules of a lifecycle with tags and sizes": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, LifecycleConfiguration: {Rules: [
    {Status: Enabled, ExpirationInDays: 1, Prefix: p/, TagFilters: [{Key: b, Value: "2"}, {Key: a, Value: "1"}]}, {Status: Disabled, ExpirationInDays: 2, ObjectSizeGreaterThan: "9"}]}}}`,
			[]string{`put lifecycle of trail {"Rules":[{"Filter":{"And":{"Prefix":"p/","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}},"Status":"Enabled","Expiration":{"Days":1}},` +
				`{"Filter":{"And":{"ObjectSizeGreaterThan":9}},"Status":"Disabled","Expiration":{"Days":2}}]}`},
		},
		"a tag of a lifecycle that nobody knows": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationInDays: 1, TagFilters: [{Key: a, Value: !ImportValue x}]}]}}}`,
			[]string{"unknown lifecycle of trail"},
		},
		"a replication": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, ReplicationConfiguration: {Role: r, Rules: [{Id: all, Priority: 1, Status: Enabled, Filter: {And: {Prefix: p/, TagFilters: [{Key: a, Value: b}]}},
    Destination: {Bucket: "arn:aws:s3:::copy", Account: "999999999999", StorageClass: GLACIER, AccessControlTranslation: {Owner: Destination}, EncryptionConfiguration: {ReplicaKmsKeyID: k}}}]}}}`,
			[]string{`put replication of trail {"ReplicationConfiguration":{"Role":"r","Rules":[{"ID":"all","Filter":{"And":{"Prefix":"p/","Tags":[{"Key":"a","Value":"b"}]}},"Status":"Enabled",` +
				`"Destination":{"Bucket":"arn:aws:s3:::copy","Account":"999999999999","AccessControlTranslation":{"Owner":"Destination"},"EncryptionConfiguration":{"ReplicaKmsKeyID":"k"}}}]}}`},
		},
		"a replication with what nobody foresaw": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, ReplicationConfiguration: {Role: r, Rules: [{Status: Enabled, Destination: {Bucket: "arn:aws:s3:::copy", Mirror: true}}]}}}`,
			[]string{"unknown replication of trail"},
		},
		"an access control list for whom nobody names": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, AccessControl: AwsExecRead}}`,
			[]string{"unknown acl of trail"},
		},
		"a setting of which a part is not known": {
			`{Type: "AWS::S3::Bucket", Properties: {BucketName: trail, ObjectLockConfiguration: {Rule: !ImportValue x}}}`,
			[]string{"unknown object_lock of trail"},
		},
		"a policy of a bucket that is not named": {
			`{Type: "AWS::S3::BucketPolicy", Properties: {Bucket: !ImportValue x, PolicyDocument: {}}}`,
			[]string{"unknown bucket_policy of *"},
		},
		"a role": {
			`{Type: "AWS::IAM::Role", Properties: {RoleName: writer, AssumeRolePolicyDocument: {A: 1}, Policies: [{PolicyName: put, PolicyDocument: {B: 2}}],
    ManagedPolicyArns: ["arn:aws:iam::aws:policy/X"]}}`,
			[]string{
				`put trust_policy of ` + role + ` {"A":1}`, `put identity_policy of ` + role + ` inline/put {"B":2}`,
				"unknown identity_policy of " + role + " arn:aws:iam::aws:policy/X",
			},
		},
		"a role that is not named": {
			`{Type: "AWS::IAM::Role", Properties: {AssumeRolePolicyDocument: {A: 1}}}`,
			[]string{"unknown trust_policy of role *-R*"},
		},
		"a policy for two roles and a group": {
			`{Type: "AWS::IAM::Policy", Properties: {PolicyName: put, PolicyDocument: {B: 2}, Roles: [writer, other], Groups: [g]}}`,
			[]string{
				`put identity_policy of role writer inline/put {"B":2}`, `put identity_policy of role other inline/put {"B":2}`,
				"unknown identity_policies of any user",
			},
		},
		"a policy for a user": {
			`{Type: "AWS::IAM::UserPolicy", Properties: {PolicyName: put, PolicyDocument: {B: 2}, UserName: u}}`,
			[]string{`put identity_policy of user u inline/put {"B":2}`},
		},
		"a managed policy": {
			`{Type: "AWS::IAM::ManagedPolicy", Properties: {ManagedPolicyName: m, PolicyDocument: {B: 2}, Roles: [writer]}}`,
			[]string{
				`put identity_policy of arn:aws:iam::111111111111:policy/m {"B":2}`, `put permissions_boundary of arn:aws:iam::111111111111:policy/m {"B":2}`,
				`put identity_policy of role writer arn:aws:iam::111111111111:policy/m {"B":2}`,
			},
		},
		"a key that is not told": {
			`{Type: "AWS::KMS::Key", Properties: {KeyPolicy: {C: 3}}}`,
			[]string{"unknown key of *", "unknown key_policy of *"},
		},
		"a control policy": {
			`{Type: "AWS::Organizations::Policy", Properties: {TargetIds: [ou-a]}}`, []string{"unknown of ou-a"},
		},
		"a condition that is not fulfilled": {
			`{Type: "AWS::S3::BucketPolicy", Condition: Never, Properties: {Bucket: b, PolicyDocument: {}}}`, []string{},
		},
		"a condition that nobody can tell": {
			`{Type: "AWS::S3::BucketPolicy", Condition: Perhaps, Properties: {Bucket: b, PolicyDocument: {}}}`,
			[]string{"unknown bucket_policy of b"},
		},
		"an attachment that nobody can tell": {
			`{Type: "AWS::IAM::ManagedPolicy", Condition: Perhaps, Properties: {ManagedPolicyName: m, PolicyDocument: {B: 2}, Roles: [writer]}}`,
			[]string{
				"unknown identity_policy of arn:aws:iam::111111111111:policy/m", "unknown permissions_boundary of arn:aws:iam::111111111111:policy/m",
				"unknown identity_policies of role writer",
			},
		},
		"what no export rests on": {`{Type: "AWS::SQS::Queue"}`, []string{}},
	} {
		got := read(t, "Conditions: {Never: !Equals [a, b], Perhaps: !Equals [!ImportValue a, b]}\nResources:\n  R: "+test.text, cloudformation.Options{})
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], "3 R: ")
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestAnUnnamedBucketIsWhoeverMayBeIt(t *testing.T) {
	plan, err := cloudformation.Read([]byte("Resources:\n  AuditTrail: {Type: \"AWS::S3::Bucket\"}\n  P: {Type: \"AWS::S3::BucketPolicy\", Properties: {Bucket: !Ref AuditTrail, PolicyDocument: {}}}\n"), cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]bool{
		"arn:aws:s3:::stack-audittrail-1abcdefgh": true, "arn:aws:s3:::another": false, "arn:aws:iam::111111111111:role/stack-audittrail-1": false,
	} {
		if got := plan.Changes[0].Is(resource); got != want {
			t.Errorf("%s: %t", resource, got)
		}
	}
	if why := plan.Changes[0].Why; !strings.Contains(why, "*-audittrail*") {
		t.Errorf("the reason is %q", why)
	}
}

func TestAKeyIsTheOneOfItsARN(t *testing.T) {
	const arn = "arn:aws:kms:eu-west-1:111111111111:key/k"
	got := read(t, "Resources:\n  K: {Type: \"AWS::KMS::Key\", Properties: {Enabled: false, EnableKeyRotation: true, RotationPeriodInDays: 90, KeyPolicy: {C: 3}}}\n", cloudformation.Options{Names: map[string]string{"K": arn}})
	if diff := cmp.Diff([]string{"2 K: edit key of " + arn + " Disabled", "2 K: put key_rotation of " + arn + ` {"KeyRotationEnabled":true,"RotationPeriodInDays":90}`, "2 K: put key_policy of " + arn + ` {"C":3}`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoTemplateIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "t.yaml is empty: give a template of CloudFormation, or what `terraform show -json FILE` prints of a plan",
		" \n":                                 "t.yaml is empty",
		"# a\n":                               "this is no template of CloudFormation: it has no Resources; of a plan of Terraform give what",
		"Terraform will perform":              "it has no Resources",
		"Resources:\n  A: 3":                  "t.yaml:2: the resource A has no Type, so that nobody knows what it is",
		"Resources:\n  A: {Properties: {}}":   "t.yaml:2: the resource A has no Type",
		"Resources:\n  Fn::Transform: {A: 1}": "t.yaml:2: its Transform makes another template of it",
		"a: b":                                "it has no Resources",
		"Resources: [":                        "t.yaml:2: not valid YAML",
		"Resources:\n  A: !Nope x":            "t.yaml:2: a tag, such as !x, means nothing here",
		"Resources:\n  A: {}\n  A: {}":        "t.yaml:3: A is given twice",
		"Transform: X\nResources:\n  A: {}\n": "t.yaml:1: its Transform makes another template of it",
	} {
		if _, err := cloudformation.Read([]byte(text), cloudformation.Options{Name: "t.yaml"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(fmt.Sprintf(functions, "!Sub \"${Trail.Arn}\""))
	f.Add("{\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\", \"Properties\": {\"BucketName\": {\"Fn::Select\": [0]}}}}}")
	f.Add("Resources:\n  A: {Type: AWS::IAM::Policy, Properties: {Roles: {Ref: A}}}\n  B: !If []")
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := cloudformation.Read([]byte(text), cloudformation.Options{Name: "f"})
		if err != nil {
			return
		}
		for i := range plan.Changes {
			plan.Changes[i].Is("arn:aws:s3:::trail")
		}
	})
}

func TestAnUnnamedManagedPolicyIsWhicheverMayBeIt(t *testing.T) {
	got := read(t, "Resources:\n  Put: {Type: \"AWS::IAM::ManagedPolicy\", Properties: {PolicyDocument: {B: 2}}}\n", cloudformation.Options{})
	if diff := cmp.Diff([]string{
		"2 Put: unknown identity_policy of arn:*:policy/*-Put*", "2 Put: unknown permissions_boundary of arn:*:policy/*-Put*",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// Tags of a template come to those that the role has: the stack has others.
func TestTagsComeToOthers(t *testing.T) {
	const before = `{"Role":{"Path":"/","RoleName":"writer","RoleId":"AROA1","Arn":"arn:aws:iam::111111111111:role/writer","Tags":[{"Key":"aws:cloudformation:stack-name","Value":"s"},{"Key":"team","Value":"a"}]}}`
	for tags, want := range map[string]string{
		`[{Key: team, Value: b}, {Key: cost, Value: 7}]`: strings.Replace(before, `{"Key":"team","Value":"a"}`, `{"Key":"cost","Value":"7"},{"Key":"team","Value":"b"}`, 1),
		`[]`:                              before,
		`[{Key: team, Value: !Ref Else}]`: strings.Replace(before, `,"Tags":[{"Key":"aws:cloudformation:stack-name","Value":"s"},{"Key":"team","Value":"a"}]`, "", 1),
		`!Ref Else`:                       strings.Replace(before, `,"Tags":[{"Key":"aws:cloudformation:stack-name","Value":"s"},{"Key":"team","Value":"a"}]`, "", 1),
	} {
		text := `{Resources: {R: {Type: "AWS::IAM::Role", Properties: {RoleName: writer, AssumeRolePolicyDocument: {}, Tags: ` + tags + `}}, Else: {Type: "AWS::SNS::Topic"}}}`
		plan, err := cloudformation.Read([]byte(text), cloudformation.Options{Account: "111111111111", Partition: "aws"})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(plan.Changes, func(c overlay.Change) bool { return c.Kind == document.KindRole && c.Edit != nil })
		if at < 0 {
			t.Errorf("%s: %+v", tags, plan.Changes)
			continue
		}
		if got, why := plan.Changes[at].Edit(before); got != want || why != "" {
			t.Errorf("%s: %s %s, want %s", tags, got, why, want)
		}
	}
}
