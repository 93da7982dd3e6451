package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/pflag"
)

// jsonFlag adds the flag --json to a command that otherwise prints lines for
// people.
func jsonFlag(flags *pflag.FlagSet, asJSON *bool) {
	flags.BoolVar(asJSON, "json", false, "print JSON")
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
