// Package verdict holds the three answers to an access question.
package verdict

import "fmt"

// Verdict is the answer to an access question. Its values are ordered: No < Depends < Yes,
// so that "all of" is the minimum and "any of" the maximum.
type Verdict uint8

// The three answers.
const (
	// No means denied whatever the unknown context holds.
	No Verdict = iota
	// Depends means that something unknown decides.
	Depends
	// Yes means allowed whatever the unknown context holds.
	Yes
)

// String returns "no", "depends" or "yes".
func (v Verdict) String() string {
	switch v {
	case No:
		return "no"
	case Depends:
		return "depends"
	case Yes:
		return "yes"
	default:
		return fmt.Sprintf("Verdict(%d)", uint8(v))
	}
}

// MarshalText writes the verdict as its name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name that MarshalText writes.
func (v *Verdict) UnmarshalText(text []byte) error {
	switch string(text) {
	case "no":
		*v = No
	case "depends":
		*v = Depends
	case "yes":
		*v = Yes
	default:
		return fmt.Errorf("read verdict %q: want no, depends or yes", text)
	}
	return nil
}

// Not is Kleene's negation.
func Not(v Verdict) Verdict { return Yes - v }

// Of turns a decided truth into a verdict.
func Of(b bool) Verdict {
	if b {
		return Yes
	}
	return No
}
