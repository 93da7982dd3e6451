package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// ObjectsOf returns an S3 object for every way in which the statements that allow an action tell
// objects apart by their Resource and NotResource elements. Objects of the given buckets are told
// apart from all others. Variables count as wildcards. complete is false when there may be more
// ways.
func ObjectsOf(policies []*Policy, action, partition string, buckets ...string) (objects []string, complete bool) {
	e := match.Matcher{Action: action}
	named := namedResources(policies, func(s *policy.Statement) bool { return !s.Deny && e.MatchAction(s) })
	prefix, some := "arn:"+partition+":s3:::", string([]byte{pattern.AnyOne, pattern.Star})
	for _, bucket := range append(slices.Clone(buckets), some) {
		named.AddAtom(representative.Atom{Text: prefix + bucket + "/" + some})
	}
	objects, complete = representative.All(named.Atoms, representative.Domain{Prefix: prefix, MinLength: 1})
	return slices.DeleteFunc(objects, func(arn string) bool {
		bucket, key, _ := strings.Cut(arn[len(prefix):], "/")
		return bucket == "" || key == ""
	}), complete
}

// namedResources returns the resource patterns of some statements, without repeats. Variables count
// as wildcards.
func namedResources(policies []*Policy, of func(*policy.Statement) bool) (named representative.Constants) {
	for _, p := range policies {
		for i := range p.doc.Statements {
			s := &p.doc.Statements[i]
			if !of(s) {
				continue
			}
			for j := range s.Resources {
				if text, ok := s.Resources[j].Compiled(); ok {
					named.AddAtom(representative.Atom{Text: text})
				}
			}
		}
	}
	return named
}
