package evidence

import "fmt"

// AlteredError says that a pack is not as a trusted signer signed it: it was
// altered, is not signed, or was signed by somebody else. Any other error says that
// it could not be read.
type AlteredError struct{ Problem string }

// Error implements error.
func (e *AlteredError) Error() string { return e.Problem }

func altered(format string, args ...any) error {
	return &AlteredError{fmt.Sprintf(format, args...)}
}
