package proof

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Finder finds the results that somebody asks for, and assembles their proofs.
type Finder struct {
	Args    []string          // a fingerprint or its beginning; or a rule's id, and an export or tenant
	Rules   []scanner.Rule    // those that were judged by
	Subject scanner.Selection // the exports that are meant, where a rule is named

	Proofs []*Proof
	Found  []string // fingerprints, or subjects
}

// Add adds the proofs for one export or tenant.
func (f *Finder) Add(judged *scanner.Judged) error {
	for i := range judged.Results {
		res := &judged.Results[i]
		found := f.asked(judged, res)
		if found == "" {
			continue
		}
		f.Found = append(f.Found, found)
		at := slices.IndexFunc(f.Rules, func(r scanner.Rule) bool { return r.ID == res.RuleID })
		if at < 0 {
			return errors.New("a result of no known rule: " + res.RuleID)
		}
		f.Proofs = append(f.Proofs, New(judged.Subject, &f.Rules[at], res))
	}
	return nil
}

// asked returns the name of a result if it is one that was asked for, and
// nothing otherwise.
func (f *Finder) asked(judged *scanner.Judged, res *scanner.Result) string {
	if len(f.Args) == 2 {
		s := judged.Subject
		asked := judged.Record != nil && f.Subject.Export(&judged.Record.Configuration) || judged.Tenant != nil && s.Tenant == f.Args[1]
		if res.RuleID != f.Args[0] || !asked {
			return ""
		}
		return cmp.Or(s.ExportID, s.Tenant)
	}
	for i := range res.Findings {
		if strings.HasPrefix(res.Findings[i].Fingerprint, f.Args[0]) {
			return res.Findings[i].Fingerprint
		}
	}
	return ""
}
