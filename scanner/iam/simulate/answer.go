package simulate

import (
	"bufio"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner/iam"
)

// answer is one line of output.
type answer struct {
	ID           jsontext.Value `json:"id"`
	Verdict      string         `json:"verdict"`
	ExplicitDeny bool           `json:"explicitDeny"`
	Reasons      []reason       `json:"reasons"`
	Needs        []string       `json:"needs"`
	WitnessAllow *witness       `json:"witnessAllow"`
	WitnessDeny  *witness       `json:"witnessDeny"`
	Error        string         `json:"error,omitempty"`
}

type reason struct {
	Policy  string `json:"policy"`
	Sid     string `json:"sid"`
	Index   int    `json:"index"`
	Effect  string `json:"effect"`
	Pointer string `json:"pointer"`
}

// witness has the members of a question, so that it can be asked as one.
type witness struct {
	Principal string                    `json:"principal"`
	Action    string                    `json:"action"`
	Resource  string                    `json:"resource"`
	Context   map[string]jsontext.Value `json:"context"`
}

// failure is the answer to a line that could not be answered.
func failure(id jsontext.Value, err error) answer {
	return answer{ID: idOrEmpty(id), Verdict: "error", Reasons: []reason{}, Needs: []string{}, Error: err.Error()}
}

func newAnswer(id jsontext.Value, a iam.Answer) answer {
	out := answer{
		ID: idOrEmpty(id), Verdict: a.Verdict.String(), ExplicitDeny: a.ExplicitDeny,
		Reasons: make([]reason, 0, len(a.Reasons)), Needs: append([]string{}, a.Needs...),
		WitnessAllow: newWitness(a.WitnessAllow), WitnessDeny: newWitness(a.WitnessDeny),
	}
	for _, r := range a.Reasons {
		out.Reasons = append(out.Reasons, reason{Policy: r.Policy, Sid: r.Sid, Index: r.Index, Effect: r.Effect, Pointer: r.Pointer})
	}
	return out
}

// idOrEmpty returns the id as it came, and "" for a line without one.
func idOrEmpty(id jsontext.Value) jsontext.Value {
	if len(id) == 0 {
		return jsontext.Value(`""`)
	}
	return id
}

func newWitness(w *iam.Witness) *witness {
	if w == nil {
		return nil
	}
	out := &witness{Principal: w.Principal, Action: w.Action, Resource: w.Resource, Context: map[string]jsontext.Value{}}
	for k, values := range w.Context {
		out.Context[k] = contextValue(values)
	}
	return out
}

// contextValue writes one value as a string and several as a list. AppendQuote fails on invalid
// UTF-8 only, and still writes the text with replacement characters.
func contextValue(values []string) jsontext.Value {
	quote := func(b []byte, s string) []byte {
		b, _ = jsontext.AppendQuote(b, s)
		return b
	}
	if len(values) == 1 {
		return quote(nil, values[0])
	}
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, v)
	}
	return append(b, ']')
}

func writeAnswer(w *bufio.Writer, a *answer) error {
	line, err := json.Marshal(a, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	return nil
}
