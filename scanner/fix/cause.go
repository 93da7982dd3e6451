package fix

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Cause says, in a clause, why the findings of a rule are never mended by changing one
// policy or setting of AWS; empty: there may be such a change.
func Cause(rule string) string {
	const immuta = "the cause lies in Immuta, where trailguard changes nothing"
	if Proposes(rule) {
		return ""
	}
	if why := map[string]string{
		"access_key_fresh":          "a key that is replaced has to be entered in Immuta before the old one goes, and a key is no document",
		"access_logged":             "where the logs may go, and whether they are let in there, is not in the snapshot",
		"access_not_lost":           "what was approved is in the baseline: the difference that diff shows is what to undo, or to approve",
		"access_not_widened":        "what was approved is in the baseline: the difference that diff shows is what to undo, or to approve",
		"bucket_exists":             "a bucket that is not there has no document to change: somebody has to find out whether the name is wrong",
		"bucket_owner_expected":     "whose account it is somebody has to find out: no setting of a bucket changes its owner",
		"configuration_enabled":     immuta,
		"configuration_unchanged":   immuta,
		"connection_status_success": "Immuta's status names a cause that it saw: what AWS has to do with it the rules of trust, bucket and key find by themselves",
		"delivery_continuous":       "what did not arrive no setting brings back: the causes are findings of their own",
		"delivery_fresh":            "that nothing arrives is an effect: the causes are findings of their own",
		"destination_unique":        immuta,
		"enabled_export_exists":     immuta,
		"endpoint_recognised":       immuta,
		"exports_kept":              immuta,
		"interval_valid":            immuta,
		"organization_matches":      "the declaration is in trailguard's own configuration, and an account joins an organization by an invitation",
		"owner_named":               "who answers for an export is written in trailguard's own configuration",
		"protection_not_weakened":   "what was approved is in the baseline: the difference that diff shows is what to undo, or to approve",
		"region_matches":            "a bucket does not move: the region is set in Immuta, or the bucket is created anew",
		"retention_sufficient":      "evidence holds a part of a lifecycle rule only, and putting that back would lose the rest",
		"sas_token_fresh":           "the token is made in Azure and entered in Immuta",
		"uses_role":                 immuta,
		"writer_key_active":         "an access key is no document, and Immuta has to be given a new one",
		"writer_known":              "who writes is told by trailguard's own configuration, and a principal that is gone cannot be mended",
	}[rule]; why != "" {
		return why
	}
	return "trailguard knows no change for this rule"
}

// Obstacle says, in a clause, what keeps a finding from being mended where no proposal of
// its rule holds. Empty: that is not known.
func Obstacle(f *scanner.Finding, r *scanner.Record) string {
	if r == nil || len(f.Evidence) == 0 {
		return ""
	}
	if refusal := refusal(f, r); refusal != "" {
		return refusal
	}
	_, keyed := r.Find(document.KindKey, "", "")
	switch f.RuleID {
	case "encrypted":
		return "which key the bucket should encrypt with is not in the snapshot, and what is set may hold more than evidence has"
	case "key_usable", "key_decrypt_granted":
		if !keyed {
			return "nobody changes the policy of a key that AWS manages, and which key should take its place is not in the snapshot"
		}
	case "key_durable":
		if strings.HasPrefix(f.Evidence[0].Pointer, "/KeyMetadata/ValidTo") {
			return "only who has the imported material can import it again"
		}
	case "objects_locked":
		return "how long to lock objects is for a person to say (expect.retentionDays), and so is whether to turn on Object Lock, which never goes off again"
	case "put_object_granted":
		if bound := boundary(r); bound != "" {
			return fmt.Sprintf("the permissions boundary %s has to allow it as well, and what it bounds besides is not for trailguard to say", bound)
		}
	}
	return ""
}

// boundary is the writer's permissions boundary, by its ARN; empty: it has none.
func boundary(r *scanner.Record) string {
	for i := range r.Evidence {
		if e := &r.Evidence[i]; e.Kind == document.KindBoundary && e.Resource == writer(r) && !e.Absent {
			return e.Name
		}
	}
	return ""
}

// refusal is a Deny that no proposal takes away: one in another document than the
// bucket's or the key's policy.
func refusal(f *scanner.Finding, r *scanner.Record) string {
	if !TakesSeveral(f.RuleID) {
		return ""
	}
	l := &f.Evidence[0] // the place that decides
	t, ok := open(r, l.Kind, l.Resource, l.Name)
	if !ok || l.Kind == document.KindBucketPolicy || l.Kind == document.KindKeyPolicy {
		return ""
	}
	if _, s := t.statementAt(l.Pointer); s["Effect"] != deny {
		return ""
	}
	what := strings.TrimSpace(l.Kind.Noun() + " " + strings.TrimPrefix(l.Name, "inline/"))
	return fmt.Sprintf("a Deny in the %s of %s refuses it, and what that keeps out besides is not for trailguard to say", what, l.Resource)
}
