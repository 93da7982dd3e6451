package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/events"
	"github.com/trailguard/trailguard/scanner/document"
)

var historySince = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)

// whoOfBuckets asks about every bucket.
func whoOfBuckets(r *scanner.Record) map[string]time.Time {
	return map[string]time.Time{"arn:aws:s3:::" + r.Configuration.Endpoint.Bucket: historySince}
}

// events answers with what the world's event history holds of a resource's name;
// with one event where nothing is said.
func (w *world) events(q *request) string {
	if w.history == nil {
		return `{"Events":[` + eventJSON("1", "PutBucketPolicy", "2026-02-20T10:00:00Z", `{"bucketPolicy":{"Version":"2012-10-17","Statement":[]}}`) + `]}`
	}
	return w.history(q)
}

// eventJSON is an event as LookupEvents has it.
func eventJSON(id, name, at, parameters string) string {
	inner := fmt.Sprintf(`{"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::%[1]s:assumed-role/admin/eve","accessKeyId":"ASIAABCDEFGHIJKLMNOP","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::%[1]s:role/admin"}}},`+
		`"sourceIPAddress":"198.51.100.7","userAgent":"curl AKIAABCDEFGHIJKLWXYZ","requestParameters":%[2]s,"eventName":%[3]q}`, home, parameters, name)
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"EventId":%q,"EventName":%q,"EventSource":"s3.amazonaws.com","EventTime":%d.5,"ReadOnly":"false","Username":"eve","CloudTrailEvent":%s}`,
		id, name, when.Unix(), document.Encode(inner))
}

// askHistory collects one record, asks about its resources, and returns what was
// found about one of them.
func askHistory(t *testing.T, f *fakeAWS, o *Options, resource string) (*document.EventHistory, []scanner.Gap) {
	t.Helper()
	o.Who = func(*scanner.Record) map[string]time.Time { return map[string]time.Time{resource: historySince} }
	r := collect(t, *o, roleExport("1", "acme-audit", roleARN))[0]
	var gaps []scanner.Gap
	for _, g := range r.Gaps {
		if g.Kind == document.KindEventHistory {
			gaps = append(gaps, g)
		}
	}
	e, ok := r.Find(document.KindEventHistory, resource, "")
	if !ok {
		return nil, gaps
	}
	var history document.EventHistory
	if err := json.Unmarshal([]byte(e.Text), &history); err != nil || !history.Valid() {
		t.Fatalf("%v: %s", err, e.Text)
	}
	return &history, gaps
}

func TestAnEventIsKeptWithoutItsKeys(t *testing.T) {
	f := newFake(t, acme())
	o := f.options()
	history, gaps := askHistory(t, f, &o, bucketARN)
	if len(gaps) != 0 || len(history.Events) != 1 {
		t.Fatalf("%+v, gaps %+v", history, gaps)
	}
	want := document.Event{
		ID: "1", Time: time.Date(2026, 2, 20, 10, 0, 0, 0, time.UTC), Source: "s3.amazonaws.com", Name: "PutBucketPolicy",
		Principal: "arn:aws:sts::" + home + ":assumed-role/admin/eve", Issuer: "arn:aws:iam::" + home + ":role/admin",
		AccessKey: "…MNOP", SourceIP: "198.51.100.7", UserAgent: "curl AKIA…WXYZ",
		Carries: document.PolicyDigest(`{"Statement":[], "Version":"2012-10-17"}`),
	}
	if history.Events[0] != want {
		t.Errorf("got %+v\nwant %+v", history.Events[0], want)
	}
}

// TestWhereWhoIsAsked: IAM's events are in the partition's home region, a bucket's
// where it is; each by the name that its events have.
func TestWhereWhoIsAsked(t *testing.T) {
	policy := "arn:aws:iam::" + home + ":policy/team/write"
	for resource, want := range map[string][]string{
		bucketARN:                 {"eu-west-1 acme-audit"},
		roleARN:                   {"us-east-1 " + roleARN[strings.LastIndex(roleARN, "/")+1:]},
		policy:                    {"us-east-1 " + policy},
		theKey:                    {parseARN(theKey).Region + " " + theKey, parseARN(theKey).Region + " " + theKey[strings.LastIndex(theKey, "/")+1:]},
		"arn:aws:s3:::never-read": nil,
	} {
		w := acme()
		var asked []string
		w.history = func(q *request) string {
			asked = append(asked, q.region+" "+q.lookup)
			return `{"Events":[]}`
		}
		f := newFake(t, w)
		o := f.options()
		history, gaps := askHistory(t, f, &o, resource)
		if !slices.Equal(asked, want) {
			t.Errorf("%s: asked %q, want %q", resource, asked, want)
		}
		if want == nil {
			if history != nil || len(gaps) != 1 || gaps[0].Reason != scanner.ReasonSubjectMissing {
				t.Errorf("%s: %+v, gaps %+v", resource, history, gaps)
			}
			continue
		}
		if len(gaps) != 0 || len(history.Events) != 0 || history.Left || !history.Since.Equal(historySince) {
			t.Errorf("%s: %+v, gaps %+v", resource, history, gaps)
		}
	}
}

func TestWhatChangesNothingIsLeftOut(t *testing.T) {
	w := acme()
	reads := strings.Replace(eventJSON("reads", "GetBucketPolicy", "2026-02-21T10:00:00Z", `null`), `"ReadOnly":"false"`, `"ReadOnly":"true"`, 1)
	refused := strings.Replace(eventJSON("refused", "PutBucketPolicy", "2026-02-22T10:00:00Z", `{}`), `\"eventName\"`, `\"errorCode\":\"AccessDenied\",\"eventName\"`, 1)
	odd := strings.Replace(eventJSON("odd", "DeleteBucketPolicy", "2026-02-23T10:00:00Z", `"no object"`), `"CloudTrailEvent":`, `"CloudTrailEvent":"<html>","X":`, 1)
	w.history = func(*request) string { return `{"Events":[` + reads + `,` + refused + `,` + odd + `]}` }
	f := newFake(t, w)
	o := f.options()
	history, _ := askHistory(t, f, &o, bucketARN)
	if len(history.Events) != 1 || history.Events[0].ID != "odd" || history.Events[0].Principal != "eve" || history.Events[0].Carries != "" {
		t.Errorf("%+v", history)
	}
}

// TestPagesOfEventsAreBounded: what was not read is said, and costs nothing that was.
func TestPagesOfEventsAreBounded(t *testing.T) {
	w := acme()
	w.history = func(q *request) string {
		return `{"Events":[` + eventJSON(q.page+"1", "PutBucketPolicy", "2026-02-20T10:00:00Z", `{}`) + `],"NextToken":"` + q.page + `x"}`
	}
	f := newFake(t, w)
	o := f.options()
	history, gaps := askHistory(t, f, &o, bucketARN)
	if n := f.counted(events.CallLookup); n != 20 || len(history.Events) != 20 || !history.Left || len(gaps) != 0 {
		t.Errorf("%d calls, %d events, left %t, gaps %+v", n, len(history.Events), history.Left, gaps)
	}
}

// TestARefusalOfEventsIsAskedOnce in an account and region, whatever else is to be
// asked there, and each resource says why nothing is known of it.
func TestARefusalOfEventsIsAskedOnce(t *testing.T) {
	f := newFake(t, acme())
	f.faults[events.CallLookup] = denied
	o := f.options()
	o.Who = func(*scanner.Record) map[string]time.Time {
		return map[string]time.Time{roleARN: historySince, userARN: historySince}
	}
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	gaps := 0
	for _, g := range r.Gaps {
		if g.Kind == document.KindEventHistory && g.Permission == events.CallLookup && strings.Contains(g.Detail, "no verdict rests on it") {
			gaps++
		}
	}
	if n := f.counted(events.CallLookup); n != 1 || gaps != 2 {
		t.Errorf("%d calls, gaps %+v", n, r.Gaps)
	}
}

// TestAPageThatFailsKeepsTheOthers, and says that it failed.
func TestAPageThatFailsKeepsTheOthers(t *testing.T) {
	w := acme()
	w.history = func(q *request) string {
		if q.page != "" {
			return `<html>`
		}
		return `{"Events":[` + eventJSON("1", "PutBucketPolicy", "2026-02-20T10:00:00Z", `{}`) + `],"NextToken":"x"}`
	}
	f := newFake(t, w)
	o := f.options()
	history, gaps := askHistory(t, f, &o, bucketARN)
	if history == nil || len(history.Events) != 1 || !history.Left || len(gaps) != 1 || gaps[0].Reason != scanner.ReasonMalformed {
		t.Errorf("%+v, gaps %+v", history, gaps)
	}
}
