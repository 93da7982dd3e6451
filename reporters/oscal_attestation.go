package reporters

import (
	"slices"

	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/trailguard/trailguard/scanner"
)

// attestations are what somebody said after looking by hand, each with the evidence.
// One that has expired, or is not about what was judged, says nothing of this result.
func (a *assessment) attestations() []oscal.AttestationStatements {
	var all []oscal.AttestationStatements
	for i := range a.report.Attestations {
		s := &a.report.Attestations[i]
		if s.State != scanner.AttestationApplies {
			continue
		}
		about := attestedAbout(s)
		all = append(all, oscal.AttestationStatements{Parts: []oscal.AssessmentPart{{
			Name: "attestation", Ns: oscalNamespace, Title: mdText(about[0] + ", " + about[1] + ": " + s.Result.Words()),
			Prose: firstOf(mdText(s.Note), s.Result.Words()),
			Props: oscalProps("rule", s.RuleID, "framework", s.Framework, "control", s.Control, "export", s.ExportID,
				"result", string(s.Result), "by", s.By, "at", s.At, "expires", s.Expires),
			Links: &[]oscal.Link{{Href: "#" + attestedResource(s), Rel: "evidence"}},
		}}})
	}
	return all
}

func attestedResource(s *scanner.Attestation) string {
	return oscalID("evidence", s.Evidence, s.EvidenceDigest)
}

// attested are the files of evidence that attestations name, each once.
func (a *assessment) attested() []oscal.Resource {
	var all []oscal.Resource
	for i := range a.report.Attestations {
		s := &a.report.Attestations[i]
		id := attestedResource(s)
		if s.State != scanner.AttestationApplies || slices.ContainsFunc(all, func(r oscal.Resource) bool { return r.UUID == id }) {
			continue
		}
		all = append(all, oscal.Resource{
			UUID: id, Title: "Evidence of an attestation", Description: "Relative to the file of attestations.",
			Rlinks: &[]oscal.ResourceLink{{
				Href: percentEncode(s.Evidence), Hashes: &[]oscal.Hash{{Algorithm: "SHA-256", Value: s.EvidenceDigest}},
			}},
		})
	}
	return all
}
