package simulate_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam/simulate"
)

// TestDocumentedCases runs every case whose answer AWS documents.
func TestDocumentedCases(t *testing.T) {
	cases, err := os.ReadFile("../../../fixtures/iam/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	st, err := simulate.Run(t.Context(), bytes.NewReader(cases), &out)
	if err != nil {
		t.Fatal(err)
	}
	if st.Lines != 167 || st.Errors != 0 {
		t.Errorf("got %+v, want 167 lines without errors", st)
	}
	answers := bufio.NewScanner(&out)
	for line := range bytes.Lines(cases) {
		var want struct{ ID, Want, Src string }
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() {
			t.Fatalf("no answer for %s", want.ID)
		}
		var got struct{ ID, Verdict, Error string }
		if err := json.Unmarshal(answers.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.ID != want.ID || got.Verdict != want.Want {
			t.Errorf("%s (%s): got %s %s %s", want.ID, want.Src, got.ID, got.Verdict, got.Error)
		}
	}
}
