package document

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner/iam"
)

// KindEventHistory is what CloudTrail's event history says of who changed one
// bucket, role, user, group, managed policy or key. It is judged by no rule: it
// says who made a change that something else tells.
const KindEventHistory Kind = "event_history" // EventHistory, from LookupEvents

func historyRows() []row {
	return []row{{kind: KindEventHistory, noun: "event history", file: "event-history", subject: SubjectHistory, volatile: true, limit: historyLimit}}
}

// historyLimit is MaxEvents, of what a user agent, three ARNs and an address take.
const historyLimit = MaxEvents * 4 * kb

// HistoryKept is for how long CloudTrail keeps the event history.
const HistoryKept = 90 * 24 * time.Hour

// MaxEvents is how many events of one resource are kept, the newest.
const MaxEvents = 100

// EventHistory are calls that succeeded and changed a resource, the newest first.
type EventHistory struct {
	Since  time.Time `json:"Since"` // no earlier ones were asked for
	Events []Event   `json:"Events"`
	// Left is set where older calls since then were left out: CloudTrail's pages
	// were not read to their end, or there are more than MaxEvents.
	Left bool `json:"Left,omitempty"`
}

// Valid says that the text holds a list, be it empty.
func (d *EventHistory) Valid() bool { return d.Events != nil }

// Event is one call.
type Event struct {
	ID        string    `json:"EventId"`
	Time      time.Time `json:"EventTime"`
	Source    string    `json:"EventSource"` // "s3.amazonaws.com"
	Name      string    `json:"EventName"`   // "PutBucketPolicy"
	Principal string    `json:"Principal"`   // ARN, else what of the identity is told
	Issuer    string    `json:"Issuer,omitempty"`
	AccessKey string    `json:"AccessKeyId,omitempty"` // its last four characters
	SourceIP  string    `json:"SourceIPAddress,omitempty"`
	UserAgent string    `json:"UserAgent,omitempty"`
	// Policy is the name or ARN of the policy that the call puts, takes away,
	// attaches or detaches.
	Policy string `json:"Policy,omitempty"`
	// Carries is the PolicyDigest of the document that the call carries.
	Carries string `json:"CarriesSha256,omitempty"`
}

// Call is the event's call as evidence names calls: "s3:PutBucketPolicy".
func (e *Event) Call() string {
	service, _, _ := strings.Cut(e.Source, ".")
	return service + ":" + e.Name
}

// carriers are the calls that carry a policy, with the parameter that holds it: a
// JSON object for S3, a text of one for the others.
var carriers = map[string]string{
	"PutBucketPolicy": "bucketPolicy",
	"PutKeyPolicy":    "policy", "CreateKey": "policy",
	"UpdateAssumeRolePolicy": "policyDocument", "CreateRole": "assumeRolePolicyDocument",
	"PutRolePolicy": "policyDocument", "PutUserPolicy": "policyDocument", "PutGroupPolicy": "policyDocument",
	"CreatePolicy": "policyDocument", "CreatePolicyVersion": "policyDocument",
}

// Carried is the PolicyDigest of the policy that a call carries in its request's
// parameters; empty where it carries none.
func Carried(call string, parameters map[string]json.RawMessage) string {
	held := parameters[carriers[call]]
	var text string
	if json.Unmarshal(held, &text) == nil {
		return PolicyDigest(text)
	}
	return PolicyDigest(string(held))
}

// PolicyDigest is the SHA-256 in hexadecimal of a policy without what white space
// and the order of members say; empty where it is no JSON object. AWS stores what
// was sent, and writes it out anew.
func PolicyDigest(text string) string {
	value := jsontext.Value(text)
	if value.Kind() != '{' || value.Canonicalize() != nil {
		return ""
	}
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}

// changers are the calls that change documents of a kind. A kind that is not
// among them is changed by any call.
var changers = map[Kind][]string{
	KindBucket:            {"CreateBucket", "DeleteBucket"},
	KindBucketPolicy:      {"PutBucketPolicy", "DeleteBucketPolicy"},
	KindPublicAccessBlock: {"PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"},
	KindOwnership:         {"PutBucketOwnershipControls", "DeleteBucketOwnershipControls"},
	KindACL:               {"PutBucketAcl", "CreateBucket"},
	KindAccessLog:         {"PutBucketLogging"},
	KindRequestPayment:    {"PutBucketRequestPayment"},
	KindBucketABAC:        {"PutBucketAbac", "PutBucketTagging", "DeleteBucketTagging", "TagResource", "UntagResource"},
	KindEncryption:        {"PutBucketEncryption", "DeleteBucketEncryption"},
	KindVersioning:        {"PutBucketVersioning"},
	KindObjectLock:        {"PutBucketObjectLockConfiguration", "PutObjectLockConfiguration"},
	KindLifecycle:         {"PutBucketLifecycle", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"},
	KindReplication:       {"PutBucketReplication", "DeleteBucketReplication"},
	KindTrustPolicy:       {"UpdateAssumeRolePolicy", "CreateRole"},
	KindRole:              {"CreateRole", "DeleteRole", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "UpdateRole", "TagRole", "UntagRole"},
	KindUser:              {"CreateUser", "DeleteUser", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "UpdateUser", "TagUser", "UntagUser"},
	KindAccessKeys:        {"CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"},
	KindBoundary:          {"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"},
	KindIdentityPolicies:  grants,
	KindIdentityPolicy:    grants,
	KindKey:               {"CreateKey", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteImportedKeyMaterial", "ImportKeyMaterial"},
	KindKeyPolicy:         {"PutKeyPolicy", "CreateKey"},
}

// grants are the calls that change what a role or user may do by its own policies.
var grants = []string{
	"PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy",
	"PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy", "AddUserToGroup", "RemoveUserFromGroup",
	"PutGroupPolicy", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy",
	"CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion",
}

// Changes says whether a call may have changed the document of a kind and name.
// The name is that of its evidence.
func (e *Event) Changes(kind Kind, name string) bool {
	if known := changers[kind]; known != nil && !slices.Contains(known, e.Name) {
		return false
	}
	if e.Policy == "" || name == "" || kind != KindIdentityPolicy {
		return true
	}
	return e.Policy == name || strings.HasSuffix("/"+name, "/"+e.Policy)
}

// Histories are the resources whose event histories tell who changed the document
// of a kind, resource and name: the resource itself, and before it the group or the
// customer's managed policy that the name leads to. None: nobody can be asked.
func Histories(kind Kind, resource, name string) []string {
	arn, ok := iam.ParseARN(resource)
	if !ok || kind.Aspect() == AspectNone {
		return nil
	}
	switch kind.Subject() {
	case SubjectBucket, SubjectKey:
		return []string{resource}
	case SubjectWriter:
	default:
		return nil
	}
	histories := []string{resource}
	inGroup, ofGroup := strings.CutPrefix(name, "group/")
	if ofGroup {
		group, policy, _ := strings.Cut(inGroup, "/")
		histories = append(histories, "arn:"+arn.Partition+":iam::"+arn.Account+":group/"+group)
		name = policy
	}
	if policy, ok := iam.ParseARN(name); ok && policy.Account == arn.Account {
		histories = append(histories, name)
	}
	slices.Reverse(histories)
	return histories
}
