package reporters

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain":            "plain",
		"a\x1b[31mb\x07":   `a\x1b[31mb\x07`,
		"a\r\n\tb\x7f":     `a\r\n\tb\x7f`,
		"\u009b31m":        `\u009b31m`,
		"\u202eabc\u2069":  `\u202eabc\u2069`,
		"a\u200b\ufeff":    `a\u200b\ufeff`,
		"\u2028\u2029":     `\u2028\u2029`,
		"\U000e0041":       `\U000e0041`,
		"\xff\xfe":         `\xff\xfe`,
		"\ufffd":           "\ufffd",
		"é 日本 🪣 <b> =1 \\": "é 日本 🪣 <b> =1 \\",
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestJSONTextSurvivesAnyChunks writes byte by byte, as no encoder should.
func TestJSONTextSurvivesAnyChunks(t *testing.T) {
	text, err := json.Marshal("日本 🪣 \u202e \U000e0041 \u009b é \ufffd")
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size < 6; size++ {
		var out bytes.Buffer
		w := &jsonText{w: &out}
		for rest := text; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			if _, err := w.Write(rest[:min(size, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		if want := `"日本 🪣 \u202e \udb40\udc41 \u009b é ` + "\ufffd" + `"`; out.String() != want {
			t.Errorf("in chunks of %d the text becomes %s", size, out.String())
		}
		var back, before string
		if json.Unmarshal(out.Bytes(), &back) != nil || json.Unmarshal(text, &before) != nil || back != before {
			t.Errorf("in chunks of %d the value changes to %q", size, back)
		}
	}
}
