package scanner_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

func TestDisplayPointsAtTheStatement(t *testing.T) {
	text := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow"},{"Sid":"é😀","Effect":"Deny","Action":["s3:*","s3:Get*"]}]}`
	d := scanner.NewDisplay(text)
	tests := []struct {
		pointer, want string
	}{
		{"", "{"},
		{"/Statement", "["},
		{"/Statement/0", "{"},
		{"/Statement/1/Effect", `"Deny"`},
		{"/Statement/1/Action/1", `"s3:Get*"`},
		{"/Statement/1/NoSuch/3", "{"}, // the nearest place that exists
	}
	lines := strings.Split(d.Text, "\n")
	for _, tt := range tests {
		line, column := d.Position(tt.pointer)
		got := lines[line-1][column-1:]
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("position of %q is %d:%d, where %q stands; want %q", tt.pointer, line, column, got, tt.want)
		}
	}
}

func TestDisplayKeepsWhatIsNotJSON(t *testing.T) {
	for _, text := range []string{"", "<html>", `{"a":`, "{\"a\":1}}"} {
		d := scanner.NewDisplay(text)
		if d.Text != text {
			t.Errorf("display of %q is %q", text, d.Text)
		}
		if line, column := d.Position("/Statement/0"); line != 1 || column != 1 {
			t.Errorf("position in %q is %d:%d", text, line, column)
		}
	}
}

func TestDisplayKeepsOrderAndDuplicates(t *testing.T) {
	d := scanner.NewDisplay(`{"b":1,"a":2,"b":{"c":[]}}`)
	want := "{\n  \"b\": 1,\n  \"a\": 2,\n  \"b\": {\n    \"c\": []\n  }\n}\n"
	if d.Text != want {
		t.Errorf("display:\n%s\nwant:\n%s", d.Text, want)
	}
}

func TestDisplayLines(t *testing.T) {
	d := scanner.NewDisplay(`{"Statement":[{"Sid":"A"},{"Sid":"B","Action":["x","y"]}]}`)
	first, lines := d.Lines("/Statement/1")
	want := "    {\n      \"Sid\": \"B\",\n      \"Action\": [\n        \"x\",\n        \"y\"\n      ]\n    }"
	if got := strings.Join(lines, "\n"); first != 6 || strings.TrimSuffix(got, ",") != want {
		t.Errorf("lines from %d:\n%s\nwant from 6:\n%s", first, got, want)
	}
	if first, lines := scanner.NewDisplay("<html>").Lines("/Statement/0"); first != 1 || len(lines) != 1 || lines[0] != "<html>" {
		t.Errorf("lines of what is not JSON: %d %q", first, lines)
	}
}
