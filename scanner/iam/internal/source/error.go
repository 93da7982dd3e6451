package source

import "fmt"

// Error says why AWS would refuse a policy document, and where.
type Error struct {
	Pointer string // JSON Pointer into the document
	Line    int    // 1-based
	Column  int    // 1-based, in characters
	Message string
}

// Error gives the message with its position.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("%s (line %d, column %d): %s", e.Pointer, e.Line, e.Column, e.Message)
}

// Warning is something that AWS accepts and the author most likely did not mean.
type Warning struct {
	Pointer string // JSON Pointer into the document
	Line    int    // 1-based
	Column  int    // 1-based, in characters
	Message string
}
