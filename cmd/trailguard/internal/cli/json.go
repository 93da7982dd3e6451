package cli

import (
	"encoding/json"
	"io"

	"github.com/spf13/pflag"
)

// JSONFlag adds --format json, and --json for short, to a command that otherwise
// prints lines for people.
func JSONFlag(flags *pflag.FlagSet, asJSON *bool) {
	flags.BoolVar(asJSON, "json", false, "print JSON, as --format json does")
	flags.Var((*lineFormat)(asJSON), "format", "table, which is lines for people, or json")
}

// lineFormat says whether a command that prints lines prints JSON instead.
type lineFormat bool

// Set implements pflag.Value.
func (f *lineFormat) Set(text string) error {
	format, err := OneOf("format", text, []string{"table", "json"})
	*f = format == "json"
	return err
}

// String implements pflag.Value.
func (f *lineFormat) String() string {
	if f != nil && bool(*f) {
		return "json"
	}
	return "table"
}

// Type implements pflag.Value.
func (f *lineFormat) Type() string { return "format" }

// WriteJSON writes a value as JSON that people can read, too.
func WriteJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
