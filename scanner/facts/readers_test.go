package facts_test

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func (w *world) replicates(rules string) {
	w.set(document.KindReplication, bucketARN, "", `{"ReplicationConfiguration":{"Role":"arn:aws:iam::111111111111:role/copy","Rules":[`+rules+`]}}`)
}

func copying(prefix, status, account string) string {
	return `{"ID":"copy","Status":"` + status + `","Filter":{"Prefix":"` + prefix + `"},"Destination":{"Bucket":"arn:aws:s3:::copies"` + account + `}}`
}

const toStranger = `,"Account":"999999999999"`

func declareReader(w *world, who string) {
	w.expect(func(x *scanner.Expect) { x.Readers = []string{who} })
}

var readerScenarios = map[string]scenario{
	"copied to another account": {
		do:   func(w *world) { w.replicates(copying("immuta/", "Enabled", toStranger)) },
		want: expectation{"foreign_readers": bad}, fact: "foreign_readers", says: "copies objects to arn:aws:s3:::copies of account 999999999999",
	},
	"a part of it copied to another account": {
		do:   func(w *world) { w.replicates(copying("immuta/2026/", "Enabled", toStranger)) },
		want: expectation{"foreign_readers": bad},
	},
	"another path copied":          {do: func(w *world) { w.replicates(copying("other/", "Enabled", toStranger)) }},
	"copying switched off":         {do: func(w *world) { w.replicates(copying("", "Disabled", toStranger)) }},
	"copied within the account":    {do: func(w *world) { w.replicates(copying("", "Enabled", `,"Account":"111111111111"`)) }},
	"copied, and no account named": {do: func(w *world) { w.replicates(copying("", "Enabled", "")) }, fact: "foreign_readers", says: "taken for the owner's own"},
	"copied to an account of our own": {do: func(w *world) {
		w.replicates(copying("", "Enabled", toStranger))
		w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"111111111111", "999999999999"} })
	}},
	"copied to a reader":               {do: func(w *world) { w.replicates(copying("", "Enabled", toStranger)); declareReader(w, "999999999999") }},
	"what is copied could not be read": {do: func(w *world) { w.deny(document.KindReplication) }, want: expectation{"foreign_readers": unknown}},
	"a reader's account": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:GetObject", ""))
			declareReader(w, "999999999999")
		},
	},
	"one role of it is a reader": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:iam::999999999999:role/siem"}`, "s3:GetObject", ""))
			declareReader(w, "arn:aws:iam::999999999999:role/siem")
		},
	},
	"another role of it": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"arn:aws:iam::999999999999:role/other"}`, "s3:GetObject", ""))
			declareReader(w, "arn:aws:iam::999999999999:role/siem")
		},
		want: expectation{"foreign_readers": bad},
	},
	"a reader that writes": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":"999999999999"}`, "s3:PutObject", ""))
			declareReader(w, "999999999999")
		},
		want: expectation{"foreign_writers": bad},
	},
}
