package facts

import (
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/trail"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// readPermissions are those of an access control list by which somebody learns of
// the objects, and the action that each stands for.
var readPermissions = map[string]string{"READ": "s3:ListBucket", "READ_ACP": "s3:GetBucketAcl", "FULL_CONTROL": "s3:ListBucket"}

// foreignReaders lists who of other accounts may read what is under the path, by
// the bucket's policy or ACL, or because S3 copies it to them.
func (e *export) foreignReaders() *fact.Of[fact.ForeignAccess] {
	w := trespass{
		actions: trail.Revealing(), grants: readPermissions, expected: slices.Concat(e.Expect.BreakGlass, e.Expect.Readers),
		does: "read the bucket", nobody: "nobody else may read under the path",
	}
	return e.foreignAccess(&w, e.foreignByReplication(&w))
}

// foreignByReplication lists the accounts to whose buckets S3 copies what is under
// the path. A rule that names no account is taken for one within the owner's.
func (e *export) foreignByReplication(w *trespass) foreign {
	l := e.Look(document.KindReplication)
	switch {
	case l.Doc == nil:
		return foreign{gaps: []scanner.Gap{l.Gap}}
	case l.Absent():
		return foreign{}
	}
	doc, gap := view.Decode(e.Run, l, (*document.Replication).Valid)
	if gap != nil {
		return foreign{gaps: []scanner.Gap{*gap}}
	}
	f := foreign{refs: []string{l.Ref()}}
	own, ownGaps := e.ownAccounts()
	own = slices.Concat(own, e.Expect.BucketAccounts, w.expected)
	for i := range doc.Configuration.Rules {
		rule := &doc.Configuration.Rules[i]
		to, at := &rule.Destination, l.At(fmt.Sprintf("/ReplicationConfiguration/Rules/%d/Destination", i))
		switch {
		case !rule.Reaches(e.Config.Prefix()), slices.Contains(own, to.Account):
		case to.Account == "":
			f.Add(fact.Note(at, "the copies in "+to.Bucket+" are taken for the owner's own: the rule names no account"))
		case !iam.IsAccountID(to.Account):
			f.gaps = append(f.gaps, proof.Malformed(l.Doc, "a replication rule names the account "+scanner.Said(to.Account)))
		case len(ownGaps) > 0:
			f.undecidedBy(ownGaps)
		default:
			f.accesses = append(f.accesses, fact.Access{
				Principal: to.Account, Kind: "account", Action: "s3:GetObject", How: "in the copies that S3 makes in " + to.Bucket,
				At: at, Key: "replication " + to.Account + " " + to.Bucket,
			})
			f.Add(fact.Note(at, "S3 copies objects to "+to.Bucket+" of account "+to.Account))
		}
	}
	return f
}
