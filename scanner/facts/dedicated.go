package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// uploadServices are those that an export needs.
var uploadServices = []string{"s3", "kms"}

// duties gathers what a role may do besides uploading.
type duties struct {
	found   []fact.Duty
	actions []listed.Distinct
	reasons []scanner.Reason
	open    []scanner.FactStatus
	effort  iam.Effort
}

func (e *export) roleUse() *fact.Of[fact.RoleUse] {
	if status, ok := e.WritesToS3(); !ok {
		return fact.Unresolved[fact.RoleUse](status)
	}
	switch {
	case e.Writer.Method == view.MethodAccessKey:
		return fact.Unresolved[fact.RoleUse](fact.NotApplicable(e.Resource, "the export uses an access key and no role"))
	case e.Writer.ARN == "":
		return fact.Unresolved[fact.RoleUse](fact.Unknown(e.Resource, e.Writer.Why, e.WriterGaps()...))
	case e.Policies.WriterMissing:
		return fact.Unresolved[fact.RoleUse](fact.NotApplicable(e.Writer.ARN, "the role does not exist"))
	}
	var x duties
	for _, d := range e.Policies.Docs {
		for _, s := range d.Statements() {
			if s.Effect == iam.Allow {
				x.statement(e, scanner.At(e.Policies.Refs[d.Policy.Name()], s.Pointer), &s)
			}
		}
	}
	for i := range x.found {
		x.found[i].Actions = listed.Some(x.actions[i].List)
	}
	if len(x.found) == 0 {
		if gaps := e.Policies.IdentityGaps; len(gaps) > 0 {
			x.open = append(x.open, fact.Unknown(e.Writer.ARN, "what else the role may do is open: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...))
		}
		if len(x.open) > 0 {
			return fact.Unresolved[fact.RoleUse](together(e.Writer.ARN, x.open))
		}
		x.reasons = []scanner.Reason{fact.Note(e.Policies.NearestGrant(), "the role may do nothing beyond S3 and KMS")}
	}
	refs := append(slices.Sorted(maps.Values(e.Policies.Refs)), e.Look(document.KindIdentityPolicies).Ref())
	status := fact.Rests(e.Writer.ARN, proof.Evidence(x.reasons, refs...), x.reasons...)
	status.Assumptions = e.Run.Assumptions
	return fact.Known(fact.RoleUse{RoleARN: e.Writer.ARN, Others: fact.NonNil(x.found)}, status)
}

// statement sorts the actions of one statement by service.
func (x *duties) statement(e *export, at string, s *iam.Statement) {
	patterns := s.Actions
	if len(s.NotActions) > 0 {
		patterns = []string{"*"}
	}
	for _, pattern := range patterns {
		service, _, named := strings.Cut(strings.ToLower(pattern), ":")
		if !named {
			service = "*"
		}
		if slices.Contains(uploadServices, service) || !e.effective(x, pattern, s) {
			continue
		}
		i := slices.IndexFunc(x.found, func(d fact.Duty) bool { return d.Service == service })
		if i < 0 {
			i = len(x.found)
			x.found, x.actions = append(x.found, fact.Duty{Service: service, At: at, Key: service}), append(x.actions, listed.Distinct{})
			x.reasons = append(x.reasons, fact.Note(at, "allows "+pattern))
		}
		x.actions[i].Add(pattern)
	}
}

// effective asks whether the boundary and the Denies leave the role anything of a
// pattern of actions that a statement allows. It tries one action that the pattern
// covers.
func (e *export) effective(x *duties, pattern string, s *iam.Statement) bool {
	denied := func(d *view.PolicyDocument) bool { return view.Denies(d.Statements()) }
	if e.Policies.Policies.Boundary == nil && len(e.Policies.Gaps()) == 0 && len(s.Conditions) == 0 && !slices.ContainsFunc(e.Policies.Docs, denied) {
		return true // nothing could take it away
	}
	if x.effort > proof.MaxEffort {
		gap := proof.TooIntricate(document.KindIdentityPolicies, e.Writer.ARN, "what else the role may do")
		x.open = append(x.open, fact.Unknown(e.Writer.ARN, gap.Detail, gap))
		return false
	}
	actions := []string{strings.NewReplacer("*", "Any", "?", "x").Replace(pattern)}
	if !strings.Contains(actions[0], ":") {
		actions = ofEverything
	}
	return slices.ContainsFunc(actions, func(action string) bool { return e.leaves(x, action, s) })
}

// ofEverything are the actions to try for a statement that allows everything, or
// everything but a few services.
var ofEverything = []string{"ec2:Any", "sts:Any", "glue:Any", "iam:Any"}

// leaves is effective for one action.
func (e *export) leaves(x *duties, action string, s *iam.Statement) bool {
	resource := "*"
	if len(s.Resources) > 0 {
		resource = s.Resources[0]
	}
	q := view.Question{Name: "bucket policy"}
	q.Request = e.WriterRequest(keys.RoleUpload, keys.UserUpload, action, resource, iam.AccountOf(e.Writer.ARN), map[string]string{})
	q.Request.Effort = &x.effort
	r := e.Ask(&q)
	switch {
	case r.Verdict == iam.No:
		return false
	case r.Verdict == iam.Yes && !r.Open, r.Verdict == iam.Depends && r.WitnessAllow != nil && len(e.Policies.BoundaryGaps) == 0:
		return true
	}
	status, _ := e.ruled(&r, "whether the role may do more than upload", nil)
	x.open = append(x.open, status)
	return false
}
