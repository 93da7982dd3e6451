package iam_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

func TestZZDump(t *testing.T) {
	out := os.Getenv("ZZ_OUT")
	if out == "" {
		t.Skip()
	}
	f, _ := os.Create(out)
	defer f.Close()
	w := bufio.NewWriter(f)
	defer w.Flush()
	enc := json.NewEncoder(w)
	for seed := range uint64(3) {
		g := newGen(900 + seed)
		for i := range 1200 {
			q := g.question()
			if q.resourcePolicy == nil {
				q.resourcePolicy = g.document(true)
			}
			req, p := ours(t, q)
			enc.Encode([]any{seed, i, "explain", iam.Explain(req, p)})
			req.OthersUnknown = true
			enc.Encode([]any{seed, i, "open", iam.Explain(req, p)})
			req.Resource = "arn:aws:s3:::b/*"
			enc.Encode([]any{seed, i, "set", iam.Explain(req, p)})
			enc.Encode([]any{seed, i, "who", iam.WhoCan(iam.WhoCanQuestion{Action: req.Action, Resource: q.resource, ResourceAccount: q.account, Policies: *p})})
			enc.Encode([]any{seed, i, "whoset", iam.WhoCan(iam.WhoCanQuestion{Action: "s3:PutObject", Resource: "arn:aws:s3:::b/*", ResourceAccount: q.account, Policies: *p, Context: iam.NewContext(map[string][]string{"aws:SecureTransport": {"true"}})})})
			enc.Encode([]any{seed, i, "assume", iam.WhoCanAssume(p.Resource, iam.AssumeQuestion{RoleARN: "arn:aws:iam::111111111111:role/app", KnownExternalIDs: []string{"a"}, RCPs: p.RCPs})})
		}
	}
}
