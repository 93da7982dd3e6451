package facts_test

import (
	"encoding/json"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// given is what rules see of the documents of one kind.
type given []struct {
	State, Resource, Name, At, Reason string
	Value                             json.RawMessage
}

func TestRawDocuments(t *testing.T) {
	unread := func(kind document.Kind, resource, name string) func(*world) {
		return func(w *world) {
			w.drop2(kind, name)
			w.record.Gaps = append(w.record.Gaps, scanner.Gap{Kind: kind, Resource: resource, Name: name, Reason: scanner.ReasonDenied, Permission: "s3:Get"})
		}
	}
	for name, tt := range map[string]struct {
		kind   document.Kind
		change func(*world)
		state  scanner.FactState
		want   []string // the states of the documents
	}{
		"read":                {document.KindBucketPolicy, func(*world) {}, scanner.FactKnown, []string{"known"}},
		"certainly none":      {document.KindBucketPolicy, func(w *world) { w.absent(document.KindBucketPolicy, bucketARN) }, scanner.FactKnown, []string{"absent"}},
		"not readable":        {document.KindBucketPolicy, unread(document.KindBucketPolicy, bucketARN, ""), scanner.FactUnknown, []string{"unknown"}},
		"not asked for":       {document.KindBucketPolicy, func(w *world) { w.drop(document.KindBucketPolicy) }, scanner.FactUnknown, []string{"unknown"}},
		"no JSON":             {document.KindBucketPolicy, func(w *world) { w.set(document.KindBucketPolicy, bucketARN, "", `{"Statement":`) }, scanner.FactUnknown, []string{"unknown"}},
		"two values":          {document.KindBucketPolicy, func(w *world) { w.set(document.KindBucketPolicy, bucketARN, "", `{} {}`) }, scanner.FactUnknown, []string{"unknown"}},
		"a name given twice":  {document.KindBucketPolicy, func(w *world) { w.set(document.KindBucketPolicy, bucketARN, "", `{"Id":"a","Id":"b"}`) }, scanner.FactUnknown, []string{"unknown"}},
		"a number beyond all": {document.KindBucketPolicy, func(w *world) { w.set(document.KindBucketPolicy, bucketARN, "", `{"Id":1e999}`) }, scanner.FactUnknown, []string{"unknown"}},
		"no bucket": {document.KindBucketPolicy, func(w *world) {
			w.set(document.KindBucket, bucketARN, "", `{"Exists":false}`)
			w.drop(document.KindBucketPolicy)
		}, scanner.FactNotApplicable, []string{}},
		"of a user":            {document.KindAccessKeys, func(*world) {}, scanner.FactNotApplicable, []string{}},
		"one of several":       {document.KindIdentityPolicy, unread(document.KindIdentityPolicy, roleARN, "inline/more"), scanner.FactUnknown, []string{"known", "unknown"}},
		"the list of them":     {document.KindIdentityPolicy, unread(document.KindIdentityPolicies, roleARN, ""), scanner.FactUnknown, []string{"known", "unknown"}},
		"no boundary":          {document.KindBoundary, func(*world) {}, scanner.FactKnown, []string{}},
		"a key without policy": {document.KindKeyPolicy, func(w *world) { w.set(document.KindEncryption, bucketARN, "", kmsText); w.drop(document.KindKeyPolicy) }, scanner.FactUnknown, []string{"unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := healthy()
			w.options.Requires = []string{scanner.DocumentFact(tt.kind), scanner.DocumentFact(document.KindTenant)}
			tt.change(w)
			subject, _ := w.subject(t)
			var input struct{ Documents map[document.Kind]given }
			if err := json.Unmarshal(written(t, subject), &input); err != nil {
				t.Fatal(err)
			}
			got := input.Documents[tt.kind]
			states := []string{}
			for _, d := range got {
				states = append(states, d.State)
				if (d.Value != nil) != (d.State == "known") || (d.Reason != "") != (d.State == "unknown") || d.At == "" {
					t.Errorf("%s document with the value %s and the reason %q at %q", d.State, d.Value, d.Reason, d.At)
				}
			}
			status := subject.Facts["documents."+string(tt.kind)]
			if status.State != tt.state || len(states) != len(tt.want) {
				t.Fatalf("the fact is %s, the documents %q; want %s and %q", status.State, states, tt.state, tt.want)
			}
			for i := range states {
				if states[i] != tt.want[i] {
					t.Errorf("documents are %q, want %q", states, tt.want)
				}
			}
			if len(input.Documents) != 1 {
				t.Errorf("%d kinds of documents are handed over, one is asked for", len(input.Documents))
			}
			if (tt.state == scanner.FactUnknown) != (len(status.Gaps) > 0) {
				t.Errorf("%s with %d gaps", tt.state, len(status.Gaps))
			}
		})
	}
}
