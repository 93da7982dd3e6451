package reporters

import (
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
)

// JSON writes the report itself. Its form is published in report.schema.json
// and changes only with formatVersion.
func JSON(w io.Writer, r *scanner.Report, _ Options) error {
	if err := writeJSON(w, r, jsontext.WithIndent("  ")); err != nil {
		return fmt.Errorf("write json report: %w", err)
	}
	return nil
}

// writeJSON writes one value and a line break: maps sorted, empty lists
// instead of null, bytes that are not UTF-8 replaced.
func writeJSON(w io.Writer, v any, form ...json.Options) error {
	out := &jsonText{w: w}
	options := append([]json.Options{json.Deterministic(true), jsontext.AllowInvalidUTF8(true)}, form...)
	if err := json.MarshalWrite(out, v, options...); err != nil {
		return err
	}
	_, err := out.Write([]byte("\n"))
	return err
}
