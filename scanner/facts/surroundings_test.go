package facts_test

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

const publicStatement = `{"Sid":"World","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-audit/*"}`

// exposed has nothing that keeps the public out.
func exposed(w *world) {
	w.set(document.KindPublicAccessBlock, bucketARN, "", openBlock)
	w.absent(document.KindAccountAccessBlock, "arn:aws:s3:::account/111111111111")
	w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}`)
}

// organizationBlock has the organization set Block Public Access.
func organizationBlock(w *world, setting string) {
	w.set(document.KindOrganizationAccessBlock, "arn:aws:s3:::account/111111111111", "", `{"s3_attributes":{"public_access_block_configuration":"`+setting+`"}}`)
}

func publicACL(w *world, group, permission string) {
	w.set(document.KindACL, bucketARN, "", `{"Owner":{"ID":"own"},"Grants":[{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/`+group+`"},"Permission":"`+permission+`"}]}`)
}

func userACL(w *world, permission string) {
	w.set(document.KindACL, bucketARN, "", `{"Owner":{"ID":"own"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"other"},"Permission":"`+permission+`"}]}`)
}

var publicScenarios = map[string]scenario{
	"exposed and nothing public": {do: exposed},
	"public policy": {
		do: func(w *world) {
			exposed(w)
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		want: expectation{"foreign_readers": bad, "public_access": bad}, fact: "public_access", says: "/Statement/1",
	},
	"public policy, bucket restricted": {do: func(w *world) { w.bucketPolicy(tlsStatement, publicStatement) }},
	"public policy, account restricted": {
		do: func(w *world) {
			exposed(w)
			w.set(document.KindAccountAccessBlock, "arn:aws:s3:::account/111111111111", "", blockText)
			w.bucketPolicy(tlsStatement, publicStatement)
		},
	},
	"public policy, organization restricts": {
		do: func(w *world) {
			exposed(w)
			organizationBlock(w, "all")
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		fact: "public_access", says: "organization_public_access_block|arn:aws:s3:::account/111111111111|",
	},
	"public policy, organization restricts, account unreadable": {
		do: func(w *world) {
			exposed(w)
			organizationBlock(w, "all")
			w.deny(document.KindAccountAccessBlock)
			w.bucketPolicy(tlsStatement, publicStatement)
		},
	},
	"public policy, organization opens what the account restricts": {
		do: func(w *world) {
			exposed(w)
			w.set(document.KindAccountAccessBlock, "arn:aws:s3:::account/111111111111", "", blockText)
			organizationBlock(w, "none")
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		want: expectation{"foreign_readers": bad, "public_access": bad},
	},
	"public policy, organization opens, bucket restricts": {
		do: func(w *world) {
			organizationBlock(w, "none")
			w.bucketPolicy(tlsStatement, publicStatement)
		},
	},
	"public policy, account restricts, organization unreadable": {
		do: func(w *world) {
			exposed(w)
			w.set(document.KindAccountAccessBlock, "arn:aws:s3:::account/111111111111", "", blockText)
			w.deny(document.KindOrganizationAccessBlock)
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		want: expectation{"foreign_readers": unknown, "public_access": unknown},
	},
	"public policy, organization says what nobody knows": {
		do: func(w *world) {
			exposed(w)
			organizationBlock(w, "some")
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		want: expectation{"foreign_readers": unknown, "public_access": unknown},
	},
	"public policy, account unreadable": {
		do: func(w *world) {
			exposed(w)
			w.bucketPolicy(tlsStatement, publicStatement)
			w.drop(document.KindAccountAccessBlock)
		},
		want: expectation{"foreign_readers": unknown, "public_access": unknown},
	},
	"public policy, only new ones blocked": {
		do: func(w *world) {
			exposed(w)
			w.set(document.KindPublicAccessBlock, bucketARN, "", `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":false}}`)
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		want: expectation{"foreign_readers": bad, "public_access": bad},
	},
	"bound to an organisation's VPC": {
		do: func(w *world) {
			exposed(w)
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"`+bucketARN+`/*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}`)
		},
		want: expectation{"foreign_readers": unknown},
	},
	"TLS is no binding": {
		do: func(w *world) {
			exposed(w)
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"`+bucketARN+`/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)
		},
		want: expectation{"foreign_readers": bad, "public_access": bad},
	},
	"public ACL": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AllUsers", "READ")
		},
		want: expectation{"foreign_readers": bad, "public_access": bad}, fact: "public_access", says: "/Grants/0",
	},
	"ACL for everyone with an account": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AuthenticatedUsers", "READ_ACP")
		},
		want: expectation{"foreign_readers": bad, "public_access": bad},
	},
	"ACL for a group that nobody knows": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/EverybodyElse", "READ")
		},
		want: expectation{"public_access": unknown, "foreign_writers": unknown}, fact: "public_access", says: "EverybodyElse",
	},
	"public ACL beside a group that nobody knows": {
		do: func(w *world) {
			exposed(w)
			w.set(document.KindACL, bucketARN, "", `{"Owner":{"ID":"own"},"Grants":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/new"},"Permission":"READ"},{"Grantee":{"URI":"`+document.GroupAllUsers+`"},"Permission":"READ"}]}`)
		},
		want: expectation{"foreign_readers": bad, "public_access": bad, "foreign_writers": unknown},
	},
	"ACL of a permission that nobody knows": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "s3/LogDelivery", "OVERWRITE")
		},
		want: expectation{"public_access": unknown, "foreign_writers": unknown},
	},
	"ownership that nobody knows": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AllUsers", "READ")
			w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerDecides"}]}}`)
		},
		want: and(everything(unknown, "public_access", "object_ownership"), expectation{"foreign_readers": unknown}),
	},
	"ACL for log delivery": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "s3/LogDelivery", "READ_ACP")
		},
	},
	"public ACL, ignored": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AllUsers", "READ")
			w.set(document.KindPublicAccessBlock, bucketARN, "", blockText)
		},
	},
	"public ACL, ownership enforced": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AllUsers", "READ")
			w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`)
		},
	},
	"ACL unreadable": {
		do: func(w *world) {
			exposed(w)
			w.deny(document.KindACL)
		},
		want: expectation{"public_access": unknown, "foreign_writers": unknown},
	},
	"ACL unreadable, policy public": {
		do: func(w *world) {
			exposed(w)
			w.deny(document.KindACL)
			w.bucketPolicy(tlsStatement, publicStatement)
		},
		want: expectation{"foreign_readers": bad, "public_access": bad, "foreign_writers": unknown},
	},
	"bucket's block decides without the policy": {
		do: func(w *world) {
			w.deny(document.KindBucketPolicy)
			w.deny(document.KindAccountAccessBlock)
			w.deny(document.KindACL)
			w.deny(document.KindOwnership)
		},
		want: everything(unknown, "put_object", "tls", "foreign_writers", "object_ownership"),
	},
}

func allow(principal, action, more string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + bucketARN + `/*"` + more + `}`
}

var foreignScenarios = map[string]scenario{
	"another account writes": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:iam::999999999999:root"}`, "s3:PutObject", ""))
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "999999999999",
	},
	"another account deletes under a part of the path": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:DeleteObject","Resource":"`+bucketARN+`/immuta/old/*"}`)
		},
		want: expectation{"foreign_writers": bad},
	},
	"another account writes elsewhere": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/elsewhere/*"}`)
		},
	},
	"another account replicates": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:ReplicateDelete", ""))
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "s3:ReplicateDelete",
	},
	"another account lifts the retention": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:BypassGovernanceRetention", ""))
		},
		want: expectation{"foreign_writers": bad},
	},
	"another account sets the bucket's lifecycle": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:PutLifecycleConfiguration","Resource":"`+bucketARN+`"}`)
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "s3:PutLifecycleConfiguration",
	},
	"another account suspends versioning": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:PutBucketVersioning","Resource":"`+bucketARN+`"}`)
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "s3:PutBucketVersioning",
	},
	"another account sets what protects the bucket": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:PutBucket*","Resource":"`+bucketARN+`"}`)
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "s3:PutBucketOwnershipControls and 7 more",
	},
	"another account lifts a legal hold": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:PutObjectLegalHold", ""))
		},
		want: expectation{"foreign_writers": bad},
	},
	"our own account suspends versioning": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:PutBucketVersioning","Resource":"`+bucketARN+`"}`)
		},
	},
	"another account reads what protects the bucket": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":["s3:Get*","s3:List*"],"Resource":["`+bucketARN+`","`+bucketARN+`/*"]}`)
		},
		want: expectation{"foreign_readers": bad},
	},
	"another account may rewrite the ACL": {
		do: func(w *world) {
			w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}`)
			userACL(w, "WRITE_ACP")
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "s3:PutBucketAcl",
	},
	"another account may read the ACL": {
		do: func(w *world) {
			w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}`)
			userACL(w, "READ_ACP")
		},
		want: expectation{"foreign_readers": bad},
	},
	"another account might rewrite the ACL, ownership enforced": {do: func(w *world) { userACL(w, "WRITE_ACP") }},
	"anybody may rewrite the ACL": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AllUsers", "WRITE_ACP")
		},
		want: expectation{"foreign_writers": bad, "public_access": bad},
	},
	"anybody might rewrite the ACL, public ACLs ignored": {
		do: func(w *world) {
			w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}`)
			publicACL(w, "global/AllUsers", "WRITE_ACP")
		},
	},
	"another account lists the bucket": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":["s3:ListBucket","s3:GetBucketPolicy"],"Resource":"`+bucketARN+`"}`)
		},
		want: expectation{"foreign_readers": bad},
	},
	"another account reads": {do: func(w *world) { w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:GetObject", "")) }, want: expectation{"foreign_readers": bad}},
	"our own account writes": {do: func(w *world) {
		w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:iam::111111111111:root"}`, "s3:*", ""))
	}},
	"another account, canned ACL demanded": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"anybody of our organisation": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-acme"}}`))
		},
		want: expectation{"foreign_readers": sound, "foreign_writers": unknown}, fact: "foreign_writers", says: "aws:PrincipalOrgID",
	},
	"anybody who is our role": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:PutObject", `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"`+roleARN+`"}}`))
		},
	},
	"anybody of our account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}`))
		},
	},
	"log delivery bound to our account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}`))
		},
	},
	"log delivery for anybody": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", ""))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery bound to a stranger": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceAccount":"444444444444"}}`))
		},
		want: expectation{"foreign_writers": bad}, fact: "foreign_writers", says: "logging.s3.amazonaws.com",
	},
	"log delivery for any account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringLike":{"aws:SourceAccount":"*"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for accounts of one beginning": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringLike":{"aws:SourceAccount":"1111*"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for all but our account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringNotEquals":{"aws:SourceAccount":"111111111111"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for all but a stranger": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringNotEquals":{"aws:SourceAccount":"444444444444"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for any source": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"ArnLike":{"aws:SourceArn":"*"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for any source of any account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:*:trail/*"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for a stranger's trail": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:444444444444:trail/x"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for whatever has a source": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"Null":{"aws:SourceArn":"false"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for buckets of one beginning": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-*"}}`))
		},
		want: expectation{"foreign_writers": bad},
	},
	"log delivery for one bucket, whose owner nobody tells": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-web"}}`))
		},
		want: expectation{"foreign_readers": sound, "foreign_writers": unknown}, fact: "foreign_writers", says: "aws:SourceAccount",
	},
	"log delivery for buckets of our account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-*"},"StringEquals":{"aws:SourceAccount":"111111111111"}}`))
		},
	},
	"log delivery for our trails": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:111111111111:trail/*"}}`))
		},
	},
	"log delivery for our trails as text": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:111111111111:trail/*"}}`))
		},
	},
	"log delivery for the bucket owner's account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"}}`))
		},
	},
	"log delivery for our account, where it says so": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"111111111111"}}`))
		},
		want: expectation{"foreign_readers": sound, "foreign_writers": unknown}, fact: "foreign_writers", says: "aws:SourceAccount",
	},
	"log delivery for an organisation": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceOrgID":"o-acme"}}`))
		},
		want: expectation{"foreign_readers": sound, "foreign_writers": unknown}, fact: "foreign_writers", says: "aws:SourceOrgID",
	},
	"log delivery for our account, owner unreadable": {
		do: func(w *world) {
			w.deny(document.KindBucketOwner)
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceAccount":"333333333333"}}`))
		},
		want: and(and(everything(unknown, "foreign_writers", "bucket_owner", "put_object"), expectation{"foreign_readers": sound}), expectation{"writer_excess": sound}),
	},
	"log delivery for an account in which the bucket is expected": {
		do: func(w *world) {
			w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"111111111111", "555555555555"} })
			w.bucketPolicy(tlsStatement, allow(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", `,"Condition":{"StringEquals":{"aws:SourceAccount":["111111111111","555555555555"]}}`))
		},
	},
	"everybody, bucket restricted": {do: func(w *world) { w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:PutObject", "")) }},
	"everybody": {
		do: func(w *world) {
			exposed(w)
			w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:PutObject", ""))
		},
		want: expectation{"foreign_writers": bad, "public_access": bad},
	},
	"everybody, blocks unreadable": {
		do: func(w *world) {
			w.deny(document.KindPublicAccessBlock)
			w.deny(document.KindAccountAccessBlock)
			w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:PutObject", ""))
		},
		want: expectation{"foreign_readers": sound, "foreign_writers": unknown, "public_access": unknown},
	},
	"public write ACL": {
		do: func(w *world) {
			exposed(w)
			publicACL(w, "global/AllUsers", "WRITE")
		},
		want: expectation{"foreign_writers": bad, "public_access": bad},
	},
	"ACL for a stranger": {
		do: func(w *world) {
			exposed(w)
			w.set(document.KindACL, bucketARN, "", `{"Owner":{"ID":"own"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"stranger"},"Permission":"WRITE"}]}`)
		},
		want: expectation{"foreign_writers": bad},
	},
	"a stranger, owner unreadable": {
		do: func(w *world) {
			w.deny(document.KindBucketOwner)
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:PutObject", ""))
		},
		want: and(and(everything(unknown, "foreign_writers", "bucket_owner", "put_object"), expectation{"foreign_readers": sound}), expectation{"writer_excess": sound}),
	},
}

func tlsDeny(principal, actions, resources, condition string) string {
	return `{"Effect":"Deny","Principal":` + principal + `,` + actions + `,"Resource":` + resources + `,"Condition":` + condition + `}`
}

const (
	bothResources = `["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/*"]`
	plainHTTP     = `{"Bool":{"aws:SecureTransport":"false"}}`
)

var tlsScenarios = map[string]scenario{
	"for the owner's resources, owner unreadable": {
		do: func(w *world) {
			w.deny(document.KindBucketOwner)
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:ResourceAccount":"111111111111"}}`))
		},
		want: and(and(everything(unknown, "tls", "bucket_owner", "put_object"), expectation{"deleted_principals": sound}), expectation{"writer_excess": sound}), fact: "tls", says: "the account that the Deny names",
	},
	"for the owner's resources, as this bucket is": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:ResourceAccount":"111111111111"}}`))
		},
	},
	"for the resources of another account": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:ResourceAccount":"333333333333"}}`))
		},
		want: expectation{"tls": bad},
	},
	"no policy": {do: func(w *world) { w.absent(document.KindBucketPolicy, bucketARN) }, want: expectation{"tls": bad}, fact: "tls", says: "no policy"},
	"no Deny":   {do: func(w *world) { w.bucketPolicy(allow(`{"AWS":"111111111111"}`, "s3:GetObject", "")) }, want: expectation{"tls": bad}},
	"everything by star": {do: func(w *world) {
		w.bucketPolicy(tlsDeny(`{"AWS":"*"}`, `"Action":"*"`, `"*"`, `{"BoolIfExists":{"aws:SecureTransport":false}}`))
	}},
	"name with a star": {do: func(w *world) {
		w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, `"arn:aws:s3:::acme-audit*"`, plainHTTP))
	}},
	"two statements": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, `"arn:aws:s3:::acme-audit"`, plainHTTP), tlsDeny(`"*"`, `"Action":"s3:*"`, `"arn:aws:s3:::acme-audit/*"`, plainHTTP))
		},
	},
	"services spared": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"false","aws:PrincipalIsAWSService":"false"}}`))
		},
	},
	"NotAction of another service": {do: func(w *world) { w.bucketPolicy(tlsDeny(`"*"`, `"NotAction":"iam:*"`, bothResources, plainHTTP)) }},
	"a TLS version besides": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`))
		},
	},
	"a TLS version alone": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`))
		},
		want: expectation{"tls": bad},
	},
	"objects only": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, `"arn:aws:s3:::acme-audit/*"`, plainHTTP))
		},
		want: expectation{"tls": bad}, fact: "tls", says: "the resource arn:aws:s3:::acme-audit",
	},
	"bucket only": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, `"arn:aws:s3:::acme-audit"`, plainHTTP))
		},
		want: expectation{"tls": bad}, fact: "tls", says: "acme-audit/*",
	},
	"one prefix only": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, `["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/immuta/*"]`, plainHTTP))
		},
		want: expectation{"tls": bad},
	},
	"reading only": {
		do:   func(w *world) { w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:Get*"`, bothResources, plainHTTP)) },
		want: expectation{"tls": bad}, fact: "tls", says: "every action",
	},
	"NotAction with a hole": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"NotAction":"s3:PutObject*"`, bothResources, plainHTTP))
		},
		want: expectation{"tls": bad}, fact: "tls", says: "s3:PutObject",
	},
	"one account only": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`{"AWS":"111111111111"}`, `"Action":"s3:*"`, bothResources, plainHTTP))
		},
		want: expectation{"tls": bad}, fact: "tls", says: "every principal",
	},
	"one role spared": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"false"},"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"}}`))
		},
		want: expectation{"tls": bad}, fact: "tls", says: "further conditions",
	},
	"one address only": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"false"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`))
		},
		want: expectation{"tls": bad},
	},
	"one role spared by NotPrincipal": {
		do: func(w *world) {
			w.bucketPolicy(`{"Effect":"Deny","NotPrincipal":{"AWS":["` + roleARN + `","arn:aws:iam::111111111111:root"]},"Action":"s3:*","Resource":` + bothResources + `,"Condition":` + plainHTTP + `}`)
		},
		want: expectation{"tls": bad}, fact: "tls", says: roleARN,
	},
	"denies TLS instead": {
		do: func(w *world) {
			w.bucketPolicy(tlsDeny(`"*"`, `"Action":"s3:*"`, bothResources, `{"Bool":{"aws:SecureTransport":"true"}}`))
		},
		want: everything(bad, "tls", "put_object", "silent_denial"),
	},
}

func keyPolicy(w *world, statements ...string) {
	w.set(document.KindKeyPolicy, keyARN, "", policy(statements...))
}

// key changes what KMS says about the key.
func key(w *world, members string) {
	w.set(document.KindKey, keyARN, "", `{"KeyMetadata":{"Arn":"`+keyARN+`","Origin":"AWS_KMS",`+members+`}}`)
}

var keyScenarios = map[string]scenario{
	"state that nobody knows": {
		base: withKey, do: func(w *world) { key(w, `"KeyState":"Resting","KeyManager":"CUSTOMER"`) },
		want: expectation{"key_state": unknown}, fact: "key_state", says: `KeyState "Resting"`,
	},
	"manager that nobody knows": {
		base: withKey, do: func(w *world) { key(w, `"KeyState":"Enabled","KeyManager":"PARTNER"`) },
		want: expectation{"key_state": unknown},
	},
	"primary is being moved": {base: withKey, do: func(w *world) { key(w, `"KeyState":"Updating","KeyManager":"CUSTOMER"`) }},
	"symmetric key": {
		base: withKey,
		do: func(w *world) {
			key(w, `"KeyState":"Enabled","KeyManager":"CUSTOMER","KeyUsage":"ENCRYPT_DECRYPT","KeySpec":"SYMMETRIC_DEFAULT"`)
		},
	},
	"key that signs": {
		base: withKey,
		do: func(w *world) {
			key(w, `"KeyState":"Enabled","KeyManager":"CUSTOMER","KeyUsage":"SIGN_VERIFY","KeySpec":"RSA_2048"`)
		},
		want: expectation{"key_state": bad}, fact: "key_state", says: "SIGN_VERIFY",
	},
	"asymmetric key": {
		base: withKey,
		do: func(w *world) {
			key(w, `"KeyState":"Enabled","KeyManager":"CUSTOMER","KeyUsage":"ENCRYPT_DECRYPT","KeySpec":"RSA_4096"`)
		},
		want: expectation{"key_state": bad}, fact: "key_state", says: "RSA_4096",
	},
	"disabled": {
		base: withKey, do: func(w *world) { key(w, `"KeyState":"Disabled","KeyManager":"CUSTOMER"`) },
		want: expectation{"key_state": bad}, fact: "key_state", says: "Disabled",
	},
	"gone": {
		base: withKey,
		do: func(w *world) {
			w.drop(document.KindKeyPolicy)
			w.absent(document.KindKey, keyARN)
		},
		want: expectation{"key_state": bad, "key_life": none, "key_rotation": none, "key_use": bad},
	},
	"identity policy forgets the key": {
		base: withKey, do: func(w *world) { w.set(document.KindIdentityPolicy, roleARN, "inline/put", identityText) },
		want: expectation{"key_use": bad},
	},
	"key policy names the role": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindIdentityPolicy, roleARN, "inline/put", identityText)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`)
		},
	},
	"key policy without the account": {
		base: withKey,
		do: func(w *world) {
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/admin"},"Action":"kms:*","Resource":"*"}`)
		},
		want: expectation{"key_use": bad}, fact: "key_use", says: `"at":"key_policy|`,
	},
	"key policy unreadable": {base: withKey, do: func(w *world) { w.deny(document.KindKeyPolicy) }, want: everything(unknown, "key_use", "deleted_principals")},
	"key policy absent":     {base: withKey, do: func(w *world) { w.absent(document.KindKeyPolicy, keyARN) }, want: everything(unknown, "key_use", "deleted_principals")},
	"only through S3 of the region": {
		base: withKey,
		do: func(w *world) {
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:CallerAccount":"111111111111"}}}`)
		},
		want: expectation{"key_decrypt": bad},
	},
	"only through S3 of another region": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindIdentityPolicy, roleARN, "inline/put", identityText)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`)
		},
		want: expectation{"key_use": bad},
	},
	"for the bucket's context": {
		base: withKey,
		do: func(w *world) {
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`"}}}`)
		},
		want: expectation{"key_decrypt": bad},
	},
	"for the bucket's context, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"`+keyARN+`"}}]}}`)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`"}}}`)
			w.set(document.KindIdentityPolicy, roleARN, "inline/put", identityText)
		},
		want: expectation{"key_use": bad},
	},
	"for the path, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/immuta/*"}}}`)
		},
		want: expectation{"key_decrypt": bad},
	},
	"for the bucket's objects, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/*"}}}`)
		},
		want: expectation{"key_decrypt": bad},
	},
	"for another path, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/other/*"}}}`)
		},
		want: expectation{"key_use": bad},
	},
	"for one object, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/immuta/event.json"}}}`)
		},
		want: expectation{"key_decrypt": bad, "key_use": unknown}, fact: "key_use", says: "kms:EncryptionContext:aws:s3:arn",
	},
	"for JSON objects, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"*.json"}}}`)
		},
		want: expectation{"key_decrypt": bad, "key_use": unknown}, fact: "key_use", says: "kms:EncryptionContext:aws:s3:arn",
	},
	"for a part of the path, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/immuta/2026*"}}}`)
		},
		want: expectation{"key_decrypt": bad, "key_use": unknown}, fact: "key_use", says: "kms:EncryptionContext:aws:s3:arn",
	},
	"refused for a part of the path, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*"}`, `{"Effect":"Deny","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/immuta/2026*"}}}`)
		},
		want: expectation{"key_decrypt": bad, "key_use": unknown}, fact: "key_use", says: "kms:EncryptionContext:aws:s3:arn",
	},
	"refused for another path, without a bucket key": {
		base: withKey,
		do: func(w *world) {
			withoutBucketKey(w)
			keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*"}`, `{"Effect":"Deny","Principal":{"AWS":"`+roleARN+`"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"`+bucketARN+`/other/*"}}}`)
		},
		want: expectation{"key_decrypt": bad},
	},
	"Deny in the key policy decides without the identity policies": {
		base: withKey,
		do: func(w *world) {
			keyPolicy(w, `{"Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey*","Resource":"*"}`)
			w.deny(document.KindIdentityPolicy)
		},
		want: expectation{"key_use": bad, "put_object": unknown}, fact: "key_use", says: `"denied":true`,
	},
	"AWS managed key, same account": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}}`)
		},
		want: expectation{"key_state": none},
	},
	"AWS managed key, another account": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}}`)
			acrossAccounts(w)
		},
		want: expectation{"key_state": none, "key_use": bad}, fact: "key_use", says: "customer managed key",
	},
	"AWS managed key, owner unknown": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}}`)
			w.deny(document.KindBucketOwner)
		},
		want: expectation{"writer_excess": sound, "key_state": none, "key_use": unknown, "bucket_owner": unknown, "put_object": unknown},
	},
	"alias, another account": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"alias/audit"}}]}}`)
			acrossAccounts(w)
		},
		want: expectation{"key_use": bad}, fact: "key_use", says: "key ARN",
	},
	"bare id, same account": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"0b1c2d3e-0000-4000-8000-000000000001"}}]}}`)
		},
	},
	"bare id, key unreadable": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"0b1c2d3e-0000-4000-8000-000000000001"}}]}}`)
			w.drop(document.KindKey)
			w.drop(document.KindKeyPolicy)
		},
		want: expectation{"deleted_principals": unknown, "key_state": unknown, "key_use": unknown},
	},
	"key of another region": {
		base: withKey, do: func(w *world) { w.set(document.KindBucket, bucketARN, "", `{"Exists":true,"Region":"eu-west-1"}`) },
		want: expectation{"key_use": bad, "bucket_region": bad},
	},
	"another account's key, both sides": {
		base: withKey,
		do: func(w *world) {
			key := "arn:aws:kms:us-east-1:333333333333:key/0b1c2d3e-0000-4000-8000-000000000001"
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"`+key+`"}}]}}`)
			w.set(document.KindKey, key, "", `{"KeyMetadata":{"Arn":"`+key+`","KeyState":"Enabled","KeyManager":"CUSTOMER","Origin":"AWS_KMS"}}`)
			w.set(document.KindKeyPolicy, key, "", policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:GenerateDataKey","Resource":"*"}`))
			w.set(document.KindIdentityPolicy, roleARN, "inline/put", policy(
				`{"Effect":"Allow","Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`, `{"Effect":"Allow","Action":"kms:GenerateDataKey","Resource":"`+key+`"}`))
		},
		want: expectation{"key_decrypt": bad},
	},
}

// withoutBucketKey has S3 ask KMS for every object, and leaves the grant to the
// key policy.
func withoutBucketKey(w *world) {
	w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"`+keyARN+`"}}]}}`)
	w.set(document.KindIdentityPolicy, roleARN, "inline/put", identityText)
}

// acrossAccounts moves the bucket to an account of its own, with its grant.
func acrossAccounts(w *world) {
	w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"333333333333"} })
	w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"333333333333"}`)
	w.bucketPolicy(tlsStatement, allow(`{"AWS":"`+roleARN+`"}`, "s3:PutObject", ""))
}
