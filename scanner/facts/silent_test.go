package facts_test

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// refuses is a bucket policy that denies uploads on a condition.
func refuses(condition string) string {
	return `{"Sid":"Only","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-audit/*","Condition":` + condition + `}`
}

// abroad has the bucket in the log archive's account, whose policy grants the
// writer; where the writer is of another account.
func (w *world) abroad() {
	w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"333333333333"}`)
	w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"333333333333"} })
	w.bucketPolicy(tlsStatement, allow(`{"AWS":"`+roleARN+`"}`, "s3:PutObject", ""))
}

func (w *world) paidBy(payer string) {
	w.set(document.KindRequestPayment, bucketARN, "", `{"Payer":"`+payer+`"}`)
}

// uploaded is a newest object whose checksum is of an algorithm.
func (w *world) uploaded(algorithm string) {
	for i := range w.record.Evidence {
		if e := &w.record.Evidence[i]; e.Kind == document.KindDelivery {
			w.set(e.Kind, e.Resource, "", strings.Replace(e.Text, `"Checksum":"CRC32"`, `"Checksum":"`+algorithm+`"`, 1))
			return
		}
	}
}

func (w *world) requests(held map[string][]string) {
	w.expect(func(x *scanner.Expect) { x.Requests = held })
}

const demandsFullControl = `{"StringNotEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`

var silenceScenarios = map[string]scenario{
	"the requester pays, of another account": {
		do:   func(w *world) { w.abroad(); w.paidBy("Requester") },
		want: expectation{"silent_denial": bad}, fact: "silent_denial", says: "all but the owner's account 333333333333",
	},
	"the requester pays, within the account": {do: func(w *world) { w.paidBy("Requester") }},
	"the owner pays, of another account":     {do: func(w *world) { w.abroad() }},
	"who pays is unread, within the account": {do: func(w *world) { w.deny(document.KindRequestPayment) }},
	"who pays is unread, of another account": {
		do:   func(w *world) { w.abroad(); w.deny(document.KindRequestPayment) },
		want: expectation{"silent_denial": unknown}, fact: "silent_denial", says: "request payment",
	},
	"somebody new pays": {
		do:   func(w *world) { w.abroad(); w.paidBy("Organization") },
		want: expectation{"silent_denial": unknown}, fact: "silent_denial", says: `Payer "Organization"`,
	},
	"the requester pays, and nothing is granted either": {
		do: func(w *world) {
			w.abroad()
			w.paidBy("Requester")
			w.bucketPolicy(tlsStatement)
		},
		want: everything(bad, "silent_denial", "put_object"),
	},

	"an ACL that ownership refuses": {
		do:   func(w *world) { w.requests(map[string][]string{"s3:x-amz-acl": {"private"}}) },
		want: expectation{"silent_denial": bad}, fact: "silent_denial", says: "no ACL but bucket-owner-full-control, and Immuta's uploads hold private",
	},
	"an ACL, and the right to set it": {
		do: func(w *world) {
			w.requests(map[string][]string{"s3:x-amz-acl": {"bucket-owner-full-control"}})
			w.identity(`{"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::acme-audit/*"}`)
			w.bucketPolicy(tlsStatement, refuses(demandsFullControl))
		},
	},
	"an ACL, and no right to set it": {
		do:   func(w *world) { w.requests(map[string][]string{"s3:x-amz-acl": {"bucket-owner-full-control"}}) },
		want: expectation{"silent_denial": bad}, fact: "silent_denial", says: "S3 wants s3:PutObjectAcl of uploads with s3:x-amz-acl",
	},
	"no ACL, as declared":                {do: func(w *world) { w.requests(map[string][]string{"s3:x-amz-acl": {}}) }},
	"ownership unread, and no ACL known": {do: func(w *world) { w.deny(document.KindOwnership) }, want: expectation{"object_ownership": unknown, "public_access": sound, "foreign_writers": sound}},
	"an ACL is demanded, and perhaps sent": {
		do:   func(w *world) { w.bucketPolicy(tlsStatement, refuses(demandsFullControl)) },
		want: and(everything(unknown, "put_object", "silent_denial"), expectation{"writer_excess": sound}), fact: "silent_denial", says: "s3:x-amz-acl",
	},
	"an ACL is demanded that nobody may send": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, refuses(`{"StringNotEquals":{"s3:x-amz-acl":"private"}}`))
		},
		want: expectation{"writer_excess": sound, "put_object": unknown, "silent_denial": bad}, fact: "silent_denial", says: "from nobody under BucketOwnerEnforced",
	},
	"an ACL is demanded and not sent": {
		do: func(w *world) {
			w.requests(map[string][]string{"s3:x-amz-acl": {}})
			w.bucketPolicy(tlsStatement, refuses(demandsFullControl))
		},
		want: everything(bad, "put_object", "silent_denial"), fact: "silent_denial", says: "a Deny goes by s3:x-amz-acl",
	},

	"an encryption header is demanded": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, refuses(`{"Null":{"s3:x-amz-server-side-encryption":"true"}}`))
		},
		want: and(everything(unknown, "put_object", "silent_denial"), expectation{"writer_excess": sound}), fact: "silent_denial", says: "s3:x-amz-server-side-encryption",
	},
	"a customer's key is demanded, which Immuta cannot send": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, refuses(`{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"true"}}`))
		},
		want: everything(bad, "put_object", "silent_denial"), fact: "silent_denial", says: "customer-algorithm, and refuses what Immuta sends",
	},
	"a customer's key is refused, which Immuta cannot send": {do: func(w *world) {
		w.bucketPolicy(tlsStatement, refuses(`{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}`))
	}},
	"a conditional write is demanded": {
		do:   func(w *world) { w.bucketPolicy(tlsStatement, refuses(`{"Null":{"s3:if-none-match":"true"}}`)) },
		want: and(everything(unknown, "put_object", "silent_denial"), expectation{"writer_excess": sound}), fact: "silent_denial", says: "s3:if-none-match",
	},
	"tags are declared, and the right to set them is not there": {
		do:   func(w *world) { w.requests(map[string][]string{"s3:RequestObjectTag/source": {"immuta"}}) },
		want: expectation{"silent_denial": bad}, fact: "silent_denial", says: "S3 wants s3:PutObjectTagging",
	},
	"another writer alone is spared": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, refuses(`{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/etl"}}`))
		},
		want: expectation{"put_object": bad}, fact: "silent_denial", says: "whatever its requests hold",
	},
	"elsewhere than the operator declares": {
		do: func(w *world) {
			w.requests(map[string][]string{"aws:SourceVpce": {}})
			w.bucketPolicy(tlsStatement, refuses(`{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`))
		},
		want: everything(bad, "put_object", "silent_denial"), fact: "silent_denial", says: "a Deny goes by aws:SourceVpce",
	},

	"a retention, and a checksum that S3 made": {
		do:   func(w *world) { w.uploaded("CRC64NVME") },
		want: expectation{"silent_denial": unknown}, fact: "silent_denial", says: "takes no upload without one",
	},
	"a retention, and no checksum": {do: func(w *world) { w.uploaded("") }, want: expectation{"silent_denial": unknown}},
	"a retention, and a checksum of a new kind": {
		do: func(w *world) { w.uploaded("BLAKE3") }, want: expectation{"silent_denial": unknown},
	},
	"a retention, and the listing unread": {
		do: func(w *world) { w.deny(document.KindDelivery) }, want: everything(unknown, "silent_denial", "delivery"),
	},
	"a retention, and checksums declared": {
		do: func(w *world) {
			w.uploaded("CRC64NVME")
			w.expect(func(x *scanner.Expect) { x.UploadChecksums = true })
		},
		fact: "silent_denial", says: "expect.uploadChecksums",
	},
	"no retention needs no checksum": {
		do: func(w *world) {
			w.uploaded("")
			w.lock(`{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}`)
		},
		want: expectation{"object_lock": bad},
	},
}
