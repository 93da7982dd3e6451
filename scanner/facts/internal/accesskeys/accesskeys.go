// Package accesskeys judges the age of a user's access keys, and whether a
// rotation was left unfinished. It knows nothing of who uses which key.
package accesskeys

import (
	"fmt"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// DefaultDays is how old an active key may become unless the operator says
// otherwise.
const DefaultDays = 90

// rotation is for how long two active keys are normal: the old one works until
// the new one has proven to work.
const rotation = 7 * 24 * time.Hour

// Active is an active key whose age is known.
type Active struct {
	Index   int // in the document
	ID      string
	Created time.Time
	Days    int // old, rounded down
	Stale   bool
}

// Judgement is what a list of keys amounts to.
type Judgement struct {
	Active []Active
	// Both is the younger of two active keys where it is older than a rotation takes.
	Both *Active
	// Open says of which keys it is not known whether they work or how old they are;
	// a clause, empty where it is known of all.
	Open string
}

// Judge judges a user's keys as of a time.
func Judge(keys []document.AccessKey, now time.Time, days int) Judgement {
	var j Judgement
	var open []string
	for i, key := range keys {
		switch {
		case key.Status == document.KeyInactive, key.Status == document.KeyExpired:
		case key.Status != document.KeyActive:
			open = append(open, fmt.Sprintf("the status of key %s is %q, which IAM does not document", key.AccessKeyID, key.Status))
		case key.CreateDate == nil:
			open = append(open, "IAM did not tell when key "+key.AccessKeyID+" was created")
		default:
			age := max(0, now.Sub(*key.CreateDate))
			j.Active = append(j.Active, Active{
				Index: i, ID: key.AccessKeyID, Created: *key.CreateDate, Days: int(age / (24 * time.Hour)),
				Stale: age >= time.Duration(days)*24*time.Hour,
			})
		}
	}
	j.Open = strings.Join(open, ", ")
	if len(j.Active) > 1 {
		younger := &j.Active[0]
		for i := range j.Active {
			if j.Active[i].Created.After(younger.Created) {
				younger = &j.Active[i]
			}
		}
		if now.Sub(younger.Created) > rotation {
			j.Both = younger
		}
	}
	return j
}
