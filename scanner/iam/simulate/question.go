package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/nearest"
)

// question is one line of input.
type question struct {
	id       jsontext.Value
	request  iam.Request
	policies iam.Policies
}

// questionMembers are the members of a question, and notes that files of test cases hold: where an
// answer is documented, how certain it is, and what it is.
var questionMembers = []string{
	"id", "principal", "action", "resource", "resourceAccount", "context", "unknown", "alwaysPresent",
	"identityPolicies", "boundary", "sessionPolicy", "resourcePolicy", "scps", "rcps", "blockPublicAccess",
	"note", "src", "sure", "want",
}

// publicAccessSettings are the settings of a public access block, of a bucket or an account.
var publicAccessSettings = []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}

// refuseUnknown returns an error for a member that is not a known one: a policy under a misspelt
// name would have no effect. Members that begin with x- are free for any use.
func refuseUnknown(members map[string]jsontext.Value, known []string, what string, same func(a, b string) bool) error {
	for _, name := range sortedNames(members) {
		if strings.HasPrefix(name, "x-") || slices.ContainsFunc(known, func(k string) bool { return same(k, name) }) {
			continue
		}
		hint := "its members are " + strings.Join(known, ", ")
		if meant := nearest.Name(name, known); meant != "" {
			hint = fmt.Sprintf("did you mean %q?", meant)
		}
		return fmt.Errorf("%s has an unknown member %.100q: %s", what, name, hint)
	}
	return nil
}

// parseQuestion reads a line. On an error the question still has its id, if that could be read.
func parseQuestion(line []byte) (question, error) {
	var q question
	members, err := object(line, "the question")
	q.id = members["id"].Clone()
	if err != nil {
		return q, err
	}
	if err := refuseUnknown(members, questionMembers, "the question", func(a, b string) bool { return a == b }); err != nil {
		return q, err
	}
	for _, f := range []struct {
		name string
		to   *string
	}{
		{"principal", &q.request.Principal},
		{"action", &q.request.Action},
		{"resource", &q.request.Resource},
	} {
		if err := text(members, f.name, f.to); err != nil {
			return q, err
		}
		if *f.to == "" {
			return q, fmt.Errorf("%s is missing", f.name)
		}
	}
	if err := text(members, "resourceAccount", &q.request.ResourceAccount); err != nil {
		return q, err
	}
	if err := q.readContext(members); err != nil {
		return q, err
	}
	return q, q.readPolicies(members)
}

func (q *question) readContext(members map[string]jsontext.Value) error {
	values := map[string][]string{}
	if v, ok := given(members, "context"); ok {
		keys, err := object(v, "context")
		if err != nil {
			return err
		}
		for _, k := range sortedNames(keys) {
			if values[k], err = scalars(keys[k], "context key "+k); err != nil {
				return err
			}
		}
	}
	q.request.Context = iam.NewContext(values)
	for name, to := range map[string]*[]string{"unknown": &q.request.Unknown, "alwaysPresent": &q.request.AlwaysPresent} {
		v, ok := given(members, name)
		if !ok {
			continue
		}
		list, err := scalars(v, name)
		if err != nil {
			return err
		}
		*to = list
	}
	return nil
}

func (q *question) readPolicies(members map[string]jsontext.Value) error {
	p := &q.policies
	var err error
	if p.Identity, err = policyList(members, "identityPolicies", iam.IdentityPolicy); err != nil {
		return err
	}
	if p.Boundary, err = policyList(members, "boundary", iam.IdentityPolicy); err != nil {
		return err
	}
	if p.Session, err = policyList(members, "sessionPolicy", iam.IdentityPolicy); err != nil {
		return err
	}
	if v, ok := given(members, "resourcePolicy"); ok {
		if p.Resource, err = policy(v, "resourcePolicy", q.resourceType()); err != nil {
			return err
		}
	}
	if p.SCPs, err = policyLevels(members, "scps"); err != nil {
		return err
	}
	if p.RCPs, err = policyLevels(members, "rcps"); err != nil {
		return err
	}
	p.RestrictPublicBuckets, err = restricted(members)
	return err
}

// resourceType distinguishes a trust policy, which has no Resource element, from other resource
// policies.
func (q *question) resourceType() iam.Type {
	if len(q.request.Action) > 4 && strings.EqualFold(q.request.Action[:4], "sts:") {
		return iam.TrustPolicy
	}
	return iam.ResourcePolicy
}

// restricted reads blockPublicAccess: true, or the settings by name.
func restricted(members map[string]jsontext.Value) (bool, error) {
	v, ok := given(members, "blockPublicAccess")
	if !ok {
		return false, nil
	}
	if v.Kind() == '{' {
		settings, err := object(v, "blockPublicAccess")
		if err != nil {
			return false, err
		}
		if err := refuseUnknown(settings, publicAccessSettings, "blockPublicAccess", strings.EqualFold); err != nil {
			return false, err
		}
		for name, value := range settings {
			if strings.EqualFold(name, "RestrictPublicBuckets") {
				v = value
			}
		}
		if v.Kind() == '{' {
			return false, nil
		}
	}
	if k := v.Kind(); k != 't' && k != 'f' {
		return false, errors.New("blockPublicAccess must be a boolean or an object of settings")
	}
	return v.Kind() == 't', nil
}

// policyLevels reads a list of levels, or one level.
func policyLevels(members map[string]jsontext.Value, name string) ([][]*iam.Policy, error) {
	v, ok := given(members, name)
	if !ok {
		return nil, nil
	}
	items, err := list(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var levels [][]*iam.Policy
	var single []*iam.Policy
	for i, item := range items {
		path := fmt.Sprintf("%s/%d", name, i)
		if item.Kind() != '[' {
			p, err := policy(item, path, iam.ControlPolicy)
			if err != nil {
				return nil, err
			}
			single = append(single, p)
			continue
		}
		level, err := policies(item, path, iam.ControlPolicy)
		if err != nil {
			return nil, err
		}
		levels = append(levels, level)
	}
	if single != nil {
		levels = append(levels, single)
	}
	return levels, nil
}

func policyList(members map[string]jsontext.Value, name string, kind iam.Type) ([]*iam.Policy, error) {
	v, ok := given(members, name)
	if !ok {
		return nil, nil
	}
	return policies(v, name, kind)
}

// policies reads a list of documents, or one document.
func policies(v jsontext.Value, name string, kind iam.Type) ([]*iam.Policy, error) {
	if v.Kind() != '[' {
		p, err := policy(v, name, kind)
		if err != nil {
			return nil, err
		}
		return []*iam.Policy{p}, nil
	}
	items, err := list(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out := make([]*iam.Policy, len(items))
	for i, item := range items {
		if out[i], err = policy(item, fmt.Sprintf("%s/%d", name, i), kind); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// policy reads a document, or its text in a string. Positions refer to the document itself.
func policy(v jsontext.Value, name string, kind iam.Type) (*iam.Policy, error) {
	doc := []byte(v)
	if v.Kind() == '"' {
		unquoted, err := jsontext.AppendUnquote(nil, []byte(v))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		doc = unquoted
	}
	p, err := iam.Parse(bytes.TrimSpace(doc), iam.ParseOptions{Name: name, Type: kind})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}
