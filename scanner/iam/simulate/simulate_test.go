package simulate_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/iam/simulate"
)

const question = `"principal":"arn:aws:iam::111111111111:role/app","action":"s3:PutObject","resource":"arn:aws:s3:::b/k","resourceAccount":"111111111111"`

func run(t *testing.T, in string) (string, simulate.Stats) {
	t.Helper()
	var out strings.Builder
	st, err := simulate.Run(t.Context(), strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), st
}

func TestAnswersHaveTheDocumentedForm(t *testing.T) {
	const policy = `{"Version":"2012-10-17","Statement":[{"Sid":"W","Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:x":"a"}}}]}`
	in := strings.Join([]string{
		`{"id":"open",` + question + `,"unknown":["aws:x"],"identityPolicies":[` + policy + `]}`,
		``,
		`{"id":7,` + question + `,"context":{"aws:x":["a"]},"identityPolicies":["` + strings.ReplaceAll(policy, `"`, `\"`) + `"],"note":"passed over"}`,
		`{"id":"denied",` + question + `,"scps":[{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}]}`,
	}, "\n")
	want := strings.Join([]string{
		`{"id":"open","verdict":"depends","explicitDeny":false,"reasons":[{"policy":"identityPolicies/0","sid":"W","index":0,"effect":"Allow","pointer":"/Statement/0"}],"needs":["aws:x"],` +
			`"witnessAllow":{"principal":"arn:aws:iam::111111111111:role/app","action":"s3:PutObject","resource":"arn:aws:s3:::b/k","context":{"aws:x":"a"}},` +
			`"witnessDeny":{"principal":"arn:aws:iam::111111111111:role/app","action":"s3:PutObject","resource":"arn:aws:s3:::b/k","context":{}}}`,
		`{"id":7,"verdict":"yes","explicitDeny":false,"reasons":[{"policy":"identityPolicies/0","sid":"W","index":0,"effect":"Allow","pointer":"/Statement/0"}],"needs":[],"witnessAllow":null,"witnessDeny":null}`,
		`{"id":"denied","verdict":"no","explicitDeny":true,"reasons":[{"policy":"scps/0","sid":"","index":0,"effect":"Deny","pointer":"/Statement"}],"needs":[],"witnessAllow":null,"witnessDeny":null}`,
		``,
	}, "\n")
	got, st := run(t, in)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if st != (simulate.Stats{Lines: 3}) {
		t.Errorf("got %+v", st)
	}
}

func TestBadLinesAreAnsweredAndPassed(t *testing.T) {
	good := `{"id":"good",` + question + `}`
	tests := []struct{ line, want string }{
		{`{"id":"x",`, "no JSON"},
		{`[]`, "must be a JSON object"},
		{`nonsense`, "no JSON"},
		{`{"id":"x"} {}`, "text follows"},
		{`{"id":"x","id":"y"}`, `has \"id\" twice`},
		{`{"id":"x","principal":"p","action":"a:b"}`, "resource is missing"},
		{`{"id":"x",` + question + `,"boundery":[]}`, `unknown member \"boundery\": did you mean \"boundary\"?`},
		{`{"id":"x",` + question + `,"Scps":[]}`, `did you mean \"scps\"?`},
		{`{"id":"x",` + question + `,"policies":[]}`, `unknown member \"policies\"`},
		{`{"id":"x",` + question + `,"blockPublicAccess":{"RestrictPublicBucket":true}}`, `blockPublicAccess has an unknown member \"RestrictPublicBucket\": did you mean \"RestrictPublicBuckets\"?`},
		{`{"id":"x","principal":5}`, "principal must be a string"},
		{`{"id":"x",` + question + `,"context":[]}`, "context must be a JSON object"},
		{`{"id":"x",` + question + `,"context":{"k":{}}}`, "context key k must hold strings"},
		{`{"id":"x",` + question + `,"unknown":{}}`, "unknown must hold strings"},
		{`{"id":"x",` + question + `,"scps":{}}`, "scps"},
		{`{"id":"x",` + question + `,"blockPublicAccess":"yes"}`, "must be a boolean"},
		{`{"id":"x",` + question + `,"identityPolicies":[{"Statement":[{"Efect":"Allow"}]}]}`, "identityPolicies/0: /Statement/0/Efect (line 1, column 16): unknown element"},
		{`{"id":"x",` + question + `,"identityPolicies":[{"Statement":[],"Statement":[]}]}`, "identityPolicies/0: /Statement (line 1, column 17): duplicate"},
		{`{"id":"x",` + question + `,"resourcePolicy":"{\n\"Statement\":\n1}"}`, "resourcePolicy: /Statement (line 3, column 1)"},
		{`{"id":"x",` + question + `,"rcps":[[{"Version":"2011-01-01"}]]}`, "rcps/0/0: /Version (line 1, column 12)"},
	}
	for _, tt := range tests {
		out, st := run(t, tt.line+"\n"+good+"\n")
		lines := strings.Split(out, "\n")
		if st != (simulate.Stats{Lines: 2, Errors: 1}) || len(lines) != 3 {
			t.Errorf("%s: %+v, %q", tt.line, st, out)
			continue
		}
		if !strings.Contains(lines[0], `"verdict":"error"`) || !strings.Contains(lines[0], tt.want) {
			t.Errorf("%s: got %s, want an error with %q", tt.line, lines[0], tt.want)
		}
		if !strings.HasPrefix(lines[1], `{"id":"good","verdict":"no"`) {
			t.Errorf("the next line is answered %s", lines[1])
		}
	}
}

func TestPolicyFormsAreEqual(t *testing.T) {
	const allow = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	for _, members := range []string{
		`"identityPolicies":[` + allow + `]`, `"identityPolicies":` + allow,
		`"identityPolicies":[` + allow + `],"scps":[` + allow + `]`, `"identityPolicies":[` + allow + `],"scps":[[` + allow + `],[` + allow + `]]`,
		`"identityPolicies":[` + allow + `],"boundary":[],"sessionPolicy":null,"rcps":[],"scps":null,"blockPublicAccess":{"RestrictPublicBuckets":true}`,
		`"identityPolicies":[` + allow + `],"sessionPolicy":` + allow + `,"boundary":[` + allow + `],"blockPublicAccess":{}`,
	} {
		out, _ := run(t, `{"id":"q",`+question+`,`+members+`}`)
		if !strings.Contains(out, `"verdict":"yes"`) {
			t.Errorf("%s: %s", members, out)
		}
	}
}

func TestLongLines(t *testing.T) {
	in := `{"id":"long",` + question + `,"note":"` + strings.Repeat("x", 3<<20) + `"}` + "\n" + `{"id":"next",` + question + `}`
	out, st := run(t, in)
	if st.Lines != 2 || st.Errors != 0 || !strings.Contains(out, `{"id":"next"`) {
		t.Errorf("got %+v %.200s", st, out)
	}
}

func TestAnswersDoNotWaitForTheEnd(t *testing.T) {
	in, feed := io.Pipe()
	results, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := simulate.Run(t.Context(), in, out)
		done <- errors.Join(err, out.Close())
	}()
	buf := make([]byte, 4096)
	for range 3 {
		if _, err := io.WriteString(feed, `{"id":"q",`+question+"}\n"); err != nil {
			t.Fatal(err)
		}
		if n, err := results.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), `{"id":"q"`) {
			t.Fatalf("got %q, %v", buf[:n], err)
		}
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, results); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := simulate.Run(ctx, strings.NewReader("{}\n"), io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	broken := errors.New("cable cut")
	if _, err := simulate.Run(t.Context(), iotest.ErrReader(broken), io.Discard); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
	if _, err := simulate.Run(t.Context(), strings.NewReader("{}\n"), failingWriter{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// The document shows questions and what is answered, and names every member.
func TestDocumentSaysWhatIsAnswered(t *testing.T) {
	text, err := os.ReadFile("../../../docs/simulate.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```")
	if len(blocks) != 5 {
		t.Fatalf("the document has %d parts, want two blocks with text around them", len(blocks))
	}
	questions, answers := strings.TrimPrefix(blocks[1], "jsonl\n"), strings.TrimPrefix(blocks[3], "jsonl\n")
	if out, st := run(t, questions); st.Errors != 0 || out != answers {
		t.Errorf("got\n%s\nand the document shows\n%s", out, answers)
	}
	for _, member := range append(membersOf(t, questions), membersOf(t, answers)...) {
		if !strings.Contains(blocks[4], "`"+member+"`") {
			t.Errorf("the document does not explain %s", member)
		}
	}
}

// membersOf lists the members of the objects of some lines.
func membersOf(t *testing.T, lines string) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(lines) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		names = slices.AppendSeq(names, maps.Keys(members))
	}
	return names
}
