package history

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// packedResults are the results of one subject: the statuses, which most
// subjects have in common, and the findings.
type packedResults struct {
	statuses storedDocument
	findings []byte // empty: none
	digest   key
}

// packResults leaves out of the findings' gaps the request ids that the
// record's own gaps tell, since those differ from run to run.
func packResults(results []scanner.Result, gaps []scanner.Gap) (*packedResults, error) {
	var statuses strings.Builder
	var findings []scanner.Finding
	for i := range results {
		r := &results[i]
		statuses.WriteString(r.RuleID)
		statuses.WriteByte(' ')
		statuses.WriteString(string(r.Status))
		statuses.WriteByte(' ')
		statuses.WriteString(strconv.Itoa(len(r.Findings)))
		statuses.WriteByte('\n')
		findings = append(findings, r.Findings...)
	}
	p := &packedResults{statuses: newDocument(statuses.String())}
	if len(findings) > 0 {
		known := requestIDs(gaps)
		for i := range findings {
			findings[i].Gaps = withRequestIDs(findings[i].Gaps, func(g *scanner.Gap) {
				if g.RequestID == known[gapKeyOf(g)] {
					g.RequestID = ""
				}
			})
		}
		var err error
		if p.findings, err = json.Marshal(findings, encoding()); err != nil {
			return nil, fmt.Errorf("pack findings: %w", err)
		}
	}
	p.digest = resultsDigest(p.statuses.digest, p.findings)
	return p, nil
}

func resultsDigest(statuses key, findings []byte) key {
	sum := sha256.New()
	sum.Write(statuses[:])
	sum.Write(findings)
	return key(sum.Sum(nil))
}

// unpackResults is the reverse. The gaps are those of the run that is asked
// about, whose request ids go back into the findings.
func unpackResults(statuses string, packed []byte, gaps []scanner.Gap) ([]scanner.Result, error) {
	var findings []scanner.Finding
	if len(packed) > 0 {
		if err := json.Unmarshal(packed, &findings); err != nil {
			return nil, fmt.Errorf("read findings: %w", err)
		}
	}
	known := requestIDs(gaps)
	for i := range findings {
		findings[i].Gaps = withRequestIDs(findings[i].Gaps, func(g *scanner.Gap) {
			if g.RequestID == "" {
				g.RequestID = known[gapKeyOf(g)]
			}
		})
	}
	var results []scanner.Result
	for line := range strings.Lines(statuses) {
		parts := strings.Fields(line)
		if len(parts) != 3 {
			return nil, fmt.Errorf("read statuses: %w", errCut)
		}
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 0 || n > len(findings) {
			return nil, fmt.Errorf("read statuses: %w", errCut)
		}
		r := scanner.Result{RuleID: parts[0], Status: scanner.Status(parts[1])}
		if n > 0 {
			r.Findings, findings = findings[:n:n], findings[n:]
		}
		results = append(results, r)
	}
	if len(findings) > 0 {
		return nil, fmt.Errorf("read findings: %w", errCut)
	}
	return results, nil
}

type gapKey struct {
	kind                 document.Kind
	call, resource, name string
	reason               scanner.GapReason
}

func gapKeyOf(g *scanner.Gap) gapKey { return gapKey{g.Kind, g.Call, g.Resource, g.Name, g.Reason} }

func requestIDs(gaps []scanner.Gap) map[gapKey]string {
	known := make(map[gapKey]string, len(gaps))
	for i := range gaps {
		known[gapKeyOf(&gaps[i])] = gaps[i].RequestID
	}
	return known
}

// withRequestIDs changes a copy: the list belongs to whoever judged.
func withRequestIDs(gaps []scanner.Gap, change func(*scanner.Gap)) []scanner.Gap {
	if len(gaps) == 0 {
		return gaps
	}
	changed := make([]scanner.Gap, len(gaps))
	for i := range gaps {
		changed[i] = gaps[i]
		change(&changed[i])
	}
	return changed
}
