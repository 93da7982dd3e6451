// Package gate stands between AWS's SDK and the network. It sends only listed
// operations, and accepts only answers that come from AWS, are complete, and
// are about what was asked.
//
// It knows no credentials, and does not interpret answers.
package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// maxAnswer bounds what is read of one answer, in bytes. The largest that AWS
// gives is a listing of 1000 keys of 1 KB each, as XML.
const maxAnswer = 16 << 20

// Operation is an operation that may be sent.
type Operation struct {
	Service string // the SDK's package, one that services names
	Name    string // the API's
	// Root is the XML element that opens every answer, or the member that the
	// JSON object of every answer has. Where it is empty, the answer is an
	// object with any members.
	Root string
	// Parts are the elements that every answer holds. AWS says that there is
	// nothing by an error or an empty list, never by leaving these out. Without
	// this check, an empty root element would be taken for a setting that is
	// off.
	Parts []string
}

// service is the service that one of the SDK's packages talks to.
type service struct {
	id   string // the SDK's
	json bool   // answers are JSON objects, otherwise XML documents
}

func services() map[string]service {
	return map[string]service{
		"cloudtrail":    {id: "CloudTrail", json: true},
		"iam":           {id: "IAM"},
		"kms":           {id: "KMS", json: true},
		"organizations": {id: "Organizations", json: true},
		"s3":            {id: "S3"},
		"s3control":     {id: "S3 Control"},
		"sts":           {id: "STS"},
	}
}

// Gate is an HTTP client of the SDK.
type Gate struct {
	next    awssdk.HTTPClient
	allowed map[string]allowed // by the SDK's service id and operation name
	attempt time.Duration      // for one attempt
}

type allowed struct {
	Operation
	json bool
}

// New returns a gate before the next client. An attempt may take as long as
// given.
func New(next awssdk.HTTPClient, operations []Operation, attempt time.Duration) *Gate {
	services := services()
	g := &Gate{next: next, allowed: map[string]allowed{}, attempt: attempt}
	for _, op := range operations {
		of := services[op.Service]
		g.allowed[of.id+":"+op.Name] = allowed{op, of.json || op.Root == ""}
	}
	return g
}

// RefusedError means that the program tried what it must not do.
type RefusedError struct{ what string }

func (e *RefusedError) Error() string {
	return e.what + " is not on the list of operations that may be sent"
}

// RetryableError keeps the SDK from trying again.
func (e *RefusedError) RetryableError() bool { return false }

// MalformedError is an answer that does not come from AWS, or is incomplete.
type MalformedError struct {
	Status    int
	What      string
	RequestID string // where the answer has one in spite of that
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("HTTP status %d %s", e.Status, e.What)
}

// RetryableError keeps the SDK from trying again: a portal or a proxy would
// answer the same.
func (e *MalformedError) RetryableError() bool { return false }

// Do sends one attempt and reads its answer completely, within the attempt's
// time.
func (g *Gate) Do(req *http.Request) (*http.Response, error) {
	name := awsmiddleware.GetServiceID(req.Context()) + ":" + awsmiddleware.GetOperationName(req.Context())
	op, ok := g.allowed[name]
	if !ok {
		return nil, &RefusedError{what: name}
	}
	if (op.Service == "s3" || op.Service == "s3control") && req.Method != http.MethodGet && req.Method != http.MethodHead {
		return nil, &RefusedError{what: req.Method + " " + name}
	}
	ctx, cancel := context.WithTimeout(req.Context(), g.attempt)
	defer cancel()
	resp, err := g.next.Do(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := readAnswer(resp)
	if err != nil {
		return nil, err
	}
	if bad := verify(op, req.Method, resp, body); bad != nil {
		bad.RequestID = RequestID(resp.Header)
		return nil, bad
	}
	note(req.Context(), RequestID(resp.Header))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func readAnswer(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	closeErr := resp.Body.Close()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &MalformedError{Status: resp.StatusCode, What: "with an answer that is cut off"}
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case closeErr != nil:
		return nil, fmt.Errorf("close answer: %w", closeErr)
	case len(body) > maxAnswer:
		return nil, &MalformedError{Status: resp.StatusCode, What: fmt.Sprintf("with an answer of more than %d bytes", maxAnswer)}
	}
	return body, nil
}

// verify distinguishes AWS's answers from others. It does not look at the
// content type: AWS leaves it out of several answers, and the form of the
// document is the stricter test.
func verify(op allowed, method string, resp *http.Response, body []byte) *MalformedError {
	if RequestID(resp.Header) == "" {
		if resp.StatusCode >= http.StatusInternalServerError {
			return nil // worth another attempt; without a request id it never counts as AWS's
		}
		return &MalformedError{
			Status: resp.StatusCode, What: "without a request id: this is not AWS's answer, look for a proxy or a portal",
		}
	}
	if resp.StatusCode >= http.StatusMultipleChoices || method == http.MethodHead {
		return nil
	}
	if op.json {
		return verifyJSON(op.Operation, resp.StatusCode, body)
	}
	return verifyXML(op.Operation, resp.StatusCode, body)
}

// RequestID returns AWS's id of a request; each service has its own header.
func RequestID(h http.Header) string {
	for _, name := range []string{"x-amzn-requestid", "x-amz-request-id"} {
		if id := h.Get(name); id != "" {
			return Printable(id)
		}
	}
	return ""
}
