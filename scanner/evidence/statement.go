package evidence

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/trailguard/trailguard/scanner"
)

const (
	// PredicateType is the type of the statement's predicate.
	PredicateType = "https://github.com/trailguard/trailguard/evidence-pack/v1"
	payloadType   = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
)

// statement is an in-toto Statement v1.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// Predicate is what the statement says about a pack.
type Predicate struct {
	Tool    Tool     `json:"tool"`
	Results []Result `json:"results"`
	// Signature and Timestamp are the SHA-256 of those files; Timestamp is empty
	// where there is none.
	Signature string `json:"signature"`
	Timestamp string `json:"timestamp,omitempty"`
}

// Tool is the program that made a pack.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Result is the result of judging one snapshot, as its report says.
type Result struct {
	Report         string                       `json:"report"` // the name of the report
	CollectedAt    time.Time                    `json:"collectedAt"`
	EvaluatedAt    time.Time                    `json:"evaluatedAt"`
	SnapshotDigest string                       `json:"snapshotDigest"`
	RulesDigest    string                       `json:"rulesDigest"`
	BaselineDigest string                       `json:"baselineDigest,omitempty"`
	Complete       bool                         `json:"complete"`
	Partial        bool                         `json:"partial"`
	Interrupted    bool                         `json:"interrupted"`
	ExitStatus     int                          `json:"exitStatus"`
	Exports        int                          `json:"exports"`
	ByStatus       map[scanner.Status]int       `json:"byStatus"`
	Waived         int                          `json:"waived"`
	Gaps           int                          `json:"gaps"`
	Controls       map[scanner.ControlState]int `json:"controls"`
}

// Lacking says why the result does not cover everything; empty where it does.
func (r *Result) Lacking() string {
	switch {
	case r.Interrupted:
		return "collecting was interrupted"
	case r.Partial:
		return "only some exports or rules were judged"
	case !r.Complete:
		return "something could not be assessed"
	default:
		return ""
	}
}

// ReadResult takes a Result from a report in JSON.
func ReadResult(name string, report io.Reader) (Result, error) {
	var r struct {
		Tool     scanner.Tool     `json:"tool"`
		Scan     scanner.ScanInfo `json:"scan"`
		Summary  scanner.Summary  `json:"summary"`
		Gaps     []struct{}       `json:"gaps"`
		Controls []struct {
			State scanner.ControlState `json:"state"`
		} `json:"controls"`
	}
	if err := json.NewDecoder(report).Decode(&r); err != nil {
		return Result{}, fmt.Errorf("read %s: %w", name, err)
	}
	result := Result{
		Report: name, CollectedAt: r.Scan.CollectedAt, EvaluatedAt: r.Scan.EvaluatedAt, SnapshotDigest: r.Scan.SnapshotDigest,
		RulesDigest: r.Tool.RulesDigest, Complete: r.Scan.Complete, Partial: r.Scan.Partial, Interrupted: r.Scan.Interrupted,
		ExitStatus: r.Scan.ExitStatus, Exports: r.Summary.Exports, ByStatus: r.Summary.ByStatus, Waived: r.Summary.Waived,
		Gaps: len(r.Gaps), Controls: map[scanner.ControlState]int{},
	}
	if r.Scan.Baseline != nil {
		result.BaselineDigest = r.Scan.Baseline.Digest
	}
	for _, state := range scanner.ControlStates() {
		result.Controls[state] = 0
	}
	for i := range r.Controls {
		result.Controls[r.Controls[i].State]++
	}
	return result, nil
}

// attest writes the statement about a manifest in its signed envelope.
func attest(ctx context.Context, manifest []byte, p Predicate, s Signer) ([]byte, error) {
	payload, err := json.Marshal(statement{
		statementType, []subject{{ManifestName, map[string]string{"sha256": digest(manifest)}}}, PredicateType, p,
	})
	if err != nil {
		return nil, fmt.Errorf("write the statement: %w", err)
	}
	signer, err := dsse.NewEnvelopeSigner(enveloping{s})
	if err != nil {
		return nil, fmt.Errorf("sign the statement: %w", err)
	}
	envelope, err := signer.SignPayload(ctx, payloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign the statement: %w", err)
	}
	return encodeEnvelope(envelope)
}

func encodeEnvelope(e *dsse.Envelope) ([]byte, error) {
	text, err := json.MarshalIndent(e, "", "  ")
	return append(text, '\n'), err
}

// parseStatement reads the statement in an envelope. Neither is verified yet.
func parseStatement(text []byte) (*dsse.Envelope, *statement, error) {
	var e dsse.Envelope
	if err := decodeStrictly(text, &e); err != nil {
		return nil, nil, altered("%s: %v", StatementName, err)
	}
	if again, err := encodeEnvelope(&e); err != nil || !bytes.Equal(again, text) || len(e.Signatures) != 1 {
		return nil, nil, altered("%s is not as trailguard writes one", StatementName)
	}
	if e.PayloadType != payloadType {
		return nil, nil, altered("%s: the payload's type is %q, not %q", StatementName, e.PayloadType, payloadType)
	}
	for _, encoded := range []string{e.Payload, e.Signatures[0].Sig} {
		raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != encoded {
			return nil, nil, altered("%s: its payload is not in base64", StatementName)
		}
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		return nil, nil, altered("%s: %v", StatementName, err)
	}
	var s statement
	if err := decodeStrictly(payload, &s); err != nil {
		return nil, nil, altered("%s: the statement: %v", StatementName, err)
	}
	if again, err := json.Marshal(s); err != nil || !bytes.Equal(again, payload) {
		return nil, nil, altered("%s: the statement is not as trailguard writes one", StatementName)
	}
	if s.Type != statementType || s.PredicateType != PredicateType {
		return nil, nil, altered("%s: a statement of type %q with a predicate of type %q is not about an evidence pack", StatementName, s.Type, s.PredicateType)
	}
	return &e, &s, nil
}

func decodeStrictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// about says whether the statement is about a manifest and the rest of an attestation.
func (s *statement) about(manifest, signature, timestamp []byte) bool {
	stamp := ""
	if timestamp != nil {
		stamp = digest(timestamp)
	}
	return len(s.Subject) == 1 && s.Subject[0].Name == ManifestName && len(s.Subject[0].Digest) == 1 &&
		s.Subject[0].Digest["sha256"] == digest(manifest) &&
		s.Predicate.Signature == digest(signature) && s.Predicate.Timestamp == stamp
}

// Tells says whether the statement gives the same results as the reports.
func (p *Predicate) Tells(results []Result) bool {
	return slices.EqualFunc(p.Results, results, func(x, y Result) bool {
		a, errA := json.Marshal(x)
		b, errB := json.Marshal(y)
		return errA == nil && errB == nil && bytes.Equal(a, b)
	})
}

// enveloping signs for an envelope.
type enveloping struct{ Signer }

func (e enveloping) Sign(_ context.Context, data []byte) ([]byte, error) { return e.Signer.Sign(data) }

func (e enveloping) KeyID() (string, error) { return e.Key().Fingerprint, nil }

// trusting verifies for an envelope, whatever key it names.
type trusting struct {
	trust Trust
	at    time.Time
	who   *Signatory // who signed
}

func (t *trusting) Verify(_ context.Context, data, sig []byte) (err error) {
	t.who, err = t.trust.Verify(data, sig, t.at)
	return err
}
func (t *trusting) KeyID() (string, error)   { return "", nil }
func (t *trusting) Public() crypto.PublicKey { return nil }
