package facts

import (
	"github.com/trailguard/trailguard/scanner/iam"
)

// isOpen says that an access is one that nobody can tell: the search for it was
// cut short.
func isOpen(a iam.Access) bool { return a.Capped && a.Verdict == iam.Depends && a.Witness == nil }

// isRest says that an access stands for those whom a question did not come to.
func isRest(a iam.Access) bool { return a.Rest }
