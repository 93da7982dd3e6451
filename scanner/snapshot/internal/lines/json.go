package lines

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Encoding gives the same bytes for the same value. Text that is not valid
// UTF-8 (outside of documents, which keep theirs) is replaced.
func Encoding() json.Options {
	return json.JoinOptions(
		json.Deterministic(true),
		jsontext.AllowInvalidUTF8(true),
		jsonv1.OmitEmptyWithLegacySemantics(true),
		json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, d time.Duration) error {
			return enc.WriteToken(jsontext.String(d.String()))
		})),
	)
}

// Decoding refuses names that are unknown or given twice, and invalid UTF-8.
func Decoding() json.Options {
	return json.JoinOptions(
		json.RejectUnknownMembers(true),
		json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, d *time.Duration) error {
			var s string
			if err := json.UnmarshalDecode(dec, &s); err != nil {
				return err
			}
			parsed, err := time.ParseDuration(s)
			*d = parsed
			return err
		})),
	)
}

// Describe says what is wrong with a line, without naming Go types.
func Describe(err error) error {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		if errors.Is(semantic.Err, json.ErrUnknownName) {
			return fmt.Errorf("unknown field %q", string(semantic.JSONPointer))
		}
		if semantic.Err == nil {
			return fmt.Errorf("%q has the wrong type", string(semantic.JSONPointer))
		}
		return fmt.Errorf("%q: %w", string(semantic.JSONPointer), semantic.Err)
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(syntactic.Err, jsontext.ErrDuplicateName) {
			return fmt.Errorf("%q is given twice", string(syntactic.JSONPointer))
		}
		return fmt.Errorf("column %d: %w", syntactic.ByteOffset+1, syntactic.Err)
	}
	return err
}
