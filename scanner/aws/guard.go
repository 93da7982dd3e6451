package aws

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

// guard stands between the SDK and the network. It lets only the listed
// operations out, and only AWS's answers in.
type guard struct {
	next    awssdk.HTTPClient
	allowed map[string]Operation // by the SDK's service id and operation name
	attempt time.Duration        // for one attempt
}

func newGuard(next awssdk.HTTPClient, attempt time.Duration) *guard {
	serviceIDs := map[string]string{"s3": "S3", "s3control": "S3 Control", "iam": "IAM", "sts": "STS", "kms": "KMS", "cloudtrail": "CloudTrail", "organizations": "Organizations"}
	g := &guard{next: next, allowed: map[string]Operation{}, attempt: attempt}
	for _, op := range Operations() {
		g.allowed[serviceIDs[op.Service]+":"+op.Operation] = op
	}
	return g
}

// refusedError says that the program tried what it must not do.
type refusedError struct{ what string }

func (e *refusedError) Error() string {
	return e.what + " is not on the list of operations that may be sent"
}

// RetryableError keeps the SDK from trying again.
func (e *refusedError) RetryableError() bool { return false }

// malformedError is an answer that is not AWS's, or not all of it.
type malformedError struct {
	status    int
	what      string
	requestID string // where the answer has one all the same
}

func (e *malformedError) Error() string {
	return fmt.Sprintf("HTTP status %d %s", e.status, e.what)
}

// RetryableError keeps the SDK from trying again: a portal or a proxy answers
// the same the next time.
func (e *malformedError) RetryableError() bool { return false }

// Do sends one attempt and reads its answer whole, within the attempt's time.
func (g *guard) Do(req *http.Request) (*http.Response, error) {
	name := awsmiddleware.GetServiceID(req.Context()) + ":" + awsmiddleware.GetOperationName(req.Context())
	op, ok := g.allowed[name]
	if !ok {
		return nil, &refusedError{what: name}
	}
	if (op.Service == "s3" || op.Service == "s3control") && req.Method != http.MethodGet && req.Method != http.MethodHead {
		return nil, &refusedError{what: req.Method + " " + name}
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
		bad.requestID = requestID(resp.Header)
		return nil, bad
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func readAnswer(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	closeErr := resp.Body.Close()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &malformedError{status: resp.StatusCode, what: "with an answer that is cut off"}
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case closeErr != nil:
		return nil, fmt.Errorf("close answer: %w", closeErr)
	case len(body) > maxAnswer:
		return nil, &malformedError{status: resp.StatusCode, what: fmt.Sprintf("with an answer of more than %d bytes", maxAnswer)}
	}
	return body, nil
}

// verify tells AWS's answers from others. The content type is not asked: AWS
// leaves it out of several answers, and the document's own shape is the
// stricter test.
func verify(op Operation, method string, resp *http.Response, body []byte) *malformedError {
	if requestID(resp.Header) == "" {
		if resp.StatusCode >= http.StatusInternalServerError {
			return nil // worth another attempt; without a request id it never counts as AWS's
		}
		return &malformedError{
			status: resp.StatusCode, what: "without a request id: this is not AWS's answer, look for a proxy or a portal",
		}
	}
	if resp.StatusCode >= http.StatusMultipleChoices || method == http.MethodHead {
		return nil
	}
	if op.Service == "kms" || op.Service == "cloudtrail" || op.Service == "organizations" || op.root == "" {
		return verifyJSON(op, resp.StatusCode, body)
	}
	return verifyXML(op, resp.StatusCode, body)
}

// requestID returns AWS's id of a request; each service has its own header.
func requestID(h http.Header) string {
	for _, name := range []string{"x-amzn-requestid", "x-amz-request-id"} {
		if id := h.Get(name); id != "" {
			return printable(id)
		}
	}
	return ""
}
