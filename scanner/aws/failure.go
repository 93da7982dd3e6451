package aws

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
)

// failure is why a call gave no answer.
type failure struct {
	call      string
	reason    scanner.GapReason
	code      string // AWS's error code
	requestID string
	status    int    // HTTP's; 0: there was no answer
	region    string // where the bucket is, as the refusal says
	detail    string
	// barred is the type of the policy that decides a refusal which no grant to
	// the reader ends: one with an explicit Deny, or one that bounds what it is
	// granted. It is empty where there is none.
	barred string
	// elsewhere means that credentials of another kind are needed, so that no
	// grant of the call to the reader helps.
	elsewhere bool
	// unsent means that the budget gave no leave, which says nothing about the
	// service.
	unsent bool
}

// classify finds the reason behind an error of the SDK. Where the call ran out
// of time between two attempts, the error of the last attempt decides.
func classify(ctx context.Context, call string, err, lastAttempt error) *failure {
	f := &failure{call: call}
	if ctx.Err() != nil {
		f.reason, f.detail = scanner.ReasonInterrupted, "the run was stopped first"
		return f
	}
	if isTimeout(err) && lastAttempt != nil {
		err = lastAttempt
	}
	f.readResponse(err)
	var api smithy.APIError
	if errors.As(err, &api) {
		f.code = gate.Printable(api.ErrorCode())
	}
	f.judge(err, api)
	return f
}

// readResponse takes the details of the HTTP answer.
func (f *failure) readResponse(err error) {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.HTTPResponse() == nil {
		return
	}
	h := response.HTTPResponse().Header
	f.status, f.requestID = response.HTTPStatusCode(), gate.RequestID(h)
	if region := h.Get("x-amz-bucket-region"); partitions.IsRegion(region) {
		f.region = region
	}
}

func (f *failure) judge(err error, api smithy.APIError) {
	var malformed *gate.MalformedError
	var refused *gate.RefusedError
	var garbled *smithy.DeserializationError
	var unsent *unsentError
	switch {
	case errors.As(err, &unsent):
		f.reason, f.unsent = scanner.ReasonUnreachable, true
		f.detail = "not sent: the budget of requests that processes share cannot be asked; check the database that keeps it"
	case errors.As(err, &malformed):
		f.reason, f.status, f.detail = scanner.ReasonMalformed, malformed.Status, malformed.Error()
		f.requestID = malformed.RequestID
	case errors.As(err, &refused):
		f.reason, f.detail = scanner.ReasonUnsupported, refused.Error()
	case f.status != 0 && f.requestID == "":
		f.reason, f.detail = scanner.ReasonMalformed, (&gate.MalformedError{Status: f.status, What: "without a request id: this is not AWS's answer"}).Error()
	case f.status != 0:
		f.judgeAnswer(api)
	case errors.As(err, &garbled):
		f.reason, f.detail = scanner.ReasonMalformed, "an answer that cannot be read"
	case isTimeout(err):
		f.reason, f.detail = scanner.ReasonTimeout, "no answer in time"
	default:
		f.judgeConnection(err)
	}
}

// judgeAnswer decides by AWS's error code, and by the status where there is
// none (an answer to HEAD has no body).
func (f *failure) judgeAnswer(api smithy.APIError) {
	_, throttled := retry.DefaultThrottleErrorCodes[f.code]
	switch {
	case throttled || f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable:
		f.reason, f.detail = scanner.ReasonThrottled, "the service refused for load, also after all retries; lower --concurrency or ask again later"
	case isCredentialCode(f.code):
		f.reason, f.detail = scanner.ReasonDenied, "the credentials are refused; "+renewHint
	case isDeniedCode(f.code) || f.status == http.StatusForbidden || f.status == http.StatusUnauthorized:
		f.reason, f.detail = scanner.ReasonDenied, "access denied"
		if api != nil {
			said, barred := deniedBy(api.ErrorMessage())
			f.detail, f.barred = f.detail+said, barred
		}
	case f.code == "MethodNotAllowed":
		f.reason, f.detail = scanner.ReasonDenied, "S3 tells this only to the bucket owner's account"
	case f.status == http.StatusNotFound || f.code == "NotFoundException":
		f.reason, f.detail = scanner.ReasonSubjectMissing, "it does not exist"
	case f.status == http.StatusNotImplemented:
		f.reason, f.detail = scanner.ReasonUnsupported, "the service does not know this operation"
	case f.status >= http.StatusInternalServerError:
		f.reason, f.detail = scanner.ReasonUnreachable, "the service failed, also after all retries"
	case f.status >= http.StatusMultipleChoices && f.status < http.StatusBadRequest && f.region != "":
		f.reason, f.detail = scanner.ReasonUndetermined, "redirected in circles"
	case f.status >= http.StatusMultipleChoices && f.status < http.StatusBadRequest:
		f.reason, f.detail = scanner.ReasonMalformed, "redirected elsewhere: only S3's redirect to a bucket's region is followed"
	default:
		f.reason, f.detail = scanner.ReasonUndetermined, "the service refused the question"
	}
}

// judgeConnection never repeats the error's own text: it may hold a proxy's
// address with a password.
func (f *failure) judgeConnection(err error) {
	f.reason = scanner.ReasonUnreachable
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		f.detail = "no address for " + gate.Printable(dns.Name)
	case isCredentialError(err):
		f.reason, f.detail = scanner.ReasonDenied, "there are no usable credentials; "+renewHint
	default:
		f.detail = "no connection"
	}
}

// is reports whether the failure has one of AWS's error codes.
func (f *failure) is(codes ...string) bool {
	return slices.Contains(codes, f.code)
}

// absence reports whether AWS answered that the thing does not exist. A refusal
// with such a code does not count.
func (f *failure) absence(code string) bool {
	return f != nil && f.is(code) && f.requestID != "" && f.status != http.StatusForbidden && f.status != http.StatusUnauthorized
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

func isDeniedCode(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedOperation", "Forbidden", "OptInRequired":
		return true
	}
	return false
}

var denialPattern = regexp.MustCompile(`(?:an explicit deny in an?|no) ((?:[A-Za-z-]+ ){1,4}?(?:policy|boundary|control policy))\b`)

// deniedBy says which kind of policy denied, where AWS's message names it, and
// whether that bars the reader whatever it is granted. It does not repeat the
// rest of the message.
func deniedBy(message string) (said, barred string) {
	match := denialPattern.FindStringSubmatch(message)
	if match == nil {
		return "", ""
	}
	if match[0][0] != 'n' {
		return " explicitly by a policy of type " + match[1], match[1]
	}
	if match[1] != "identity-based policy" && match[1] != "resource-based policy" {
		barred = match[1]
	}
	return ": no " + match[1] + " allows it", barred
}
