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
