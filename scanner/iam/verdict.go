package iam

import "github.com/trailguard/trailguard/scanner/iam/internal/verdict"

// Verdict is the answer to an access question. Its values are ordered: No < Depends < Yes,
// so that "all of" is the minimum and "any of" the maximum.
type Verdict = verdict.Verdict

// The three answers.
const (
	// No means denied whatever the unknown context holds.
	No = verdict.No
	// Depends means that something unknown decides.
	Depends = verdict.Depends
	// Yes means allowed whatever the unknown context holds.
	Yes = verdict.Yes
)

func not(v Verdict) Verdict { return verdict.Not(v) }
