package facts_test

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

const teamAudit = `[{"Key":"team","Value":"audit"}]`

func (w *world) abac(text string) { w.set(document.KindBucketABAC, bucketARN, "", text) }

func (w *world) roleTags(tags string) {
	w.set(document.KindRole, roleARN, "", `{"Role":{"Arn":"`+roleARN+`","RoleId":"AROAEXAMPLE","Tags":`+tags+`}}`)
}

// tagged is a scenario of one fact of a bucket policy with a statement.
func tagged(fact, is, says, statement string, do func(*world)) scenario {
	return scenario{fact: fact, says: says, alone: true, want: expectation{fact: is}, do: func(w *world) {
		w.bucketPolicy(tlsStatement, statement)
		if do != nil {
			do(w)
		}
	}}
}

// unlessTag denies uploads unless a key holds "audit".
func unlessTag(key string) string {
	return strings.Replace(denyOutside("audit"), "aws:PrincipalOrgID", key, 1)
}

func abac(text string) func(*world) { return func(w *world) { w.abac(text) } }

func roleTags(tags string) func(*world) { return func(w *world) { w.roleTags(tags) } }

const (
	abacOn      = `{"Status":"Enabled","Tags":` + teamAudit + `}`
	abacOnOther = `{"Status":"Enabled","Tags":[{"Key":"team","Value":"sales"}]}`
	tagSession  = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"` + configurationID + `"}}}`
)

var (
	deniedWithout = unlessTag("aws:ResourceTag/team")
	allowedWith   = strings.Replace(letIn(`{"StringEquals":{"s3:BucketTag/team":"audit"}}`), `"*"`, `{"AWS":"444444444444"}`, 1)
)

var tagScenarios = map[string]scenario{
	// The bucket's tags count only where access control by tags is on.
	"on, and it has the tag":            tagged("put_object", sound, "", deniedWithout, abac(abacOn)),
	"on, by the key of S3":              tagged("put_object", sound, "", unlessTag("s3:BucketTag/Team"), abac(abacOn)),
	"on, and it has another":            tagged("put_object", bad, "", deniedWithout, abac(abacOnOther)),
	"on, and it has none":               tagged("put_object", bad, "", deniedWithout, abac(`{"Status":"Enabled"}`)),
	"off, whatever tags it has":         tagged("put_object", bad, "", deniedWithout, nil),
	"unread, and a policy asks":         tagged("put_object", unknown, "access control by tags", deniedWithout, func(w *world) { w.deny(document.KindBucketABAC) }),
	"unread, and declared":              tagged("put_object", unknown, "access control by tags", deniedWithout, allOf(func(w *world) { w.deny(document.KindBucketABAC) }, requested("aws:ResourceTag/team", "audit"))),
	"declared otherwise than it is":     tagged("put_object", bad, "", deniedWithout, allOf(abac(abacOnOther), requested("aws:ResourceTag/team", "audit"))),
	"unread, and no policy asks":        {do: func(w *world) { w.deny(document.KindBucketABAC) }},
	"a status that nobody knows":        tagged("put_object", unknown, "Paused", deniedWithout, abac(`{"Status":"Paused"}`)),
	"keys that differ in case":          tagged("put_object", unknown, "only in case", deniedWithout, abac(`{"Status":"Enabled","Tags":[{"Key":"Team","Value":"x"},{"Key":"team","Value":"audit"}]}`)),
	"strangers by a tag that it has":    tagged("foreign_writers", bad, "444444444444", allowedWith, abac(abacOn)),
	"strangers by a tag, and it is off": tagged("foreign_writers", sound, "", allowedWith, nil),
	"strangers by another tag":          tagged("foreign_writers", sound, "", allowedWith, abac(abacOnOther)),
	"strangers by a tag unread":         tagged("foreign_writers", unknown, "access control by tags", allowedWith, func(w *world) { w.deny(document.KindBucketABAC) }),
	"confined by a tag":                 tagged("writers_confined", sound, "", confinedByTag, abac(abacOn)),
	"confined by a tag, and it is off":  tagged("writers_confined", bad, "", confinedByTag, nil),
	"confined by a tag unread":          tagged("writers_confined", unknown, "access control by tags", confinedByTag, func(w *world) { w.deny(document.KindBucketABAC) }),

	// The role's tags, unless whoever assumes it may bring others.
	"the role has the tag": tagged("put_object", sound, "", unlessTag("aws:PrincipalTag/team"), roleTags(teamAudit)),
	"the role has another": tagged("put_object", bad, "", unlessTag("aws:PrincipalTag/team"), roleTags(`[{"Key":"team","Value":"sales"}]`)),
	"the role has none":    tagged("put_object", bad, "", unlessTag("aws:PrincipalTag/team"), nil),
	"the role's tags were not kept": tagged("put_object", unknown, "were not collected", unlessTag("aws:PrincipalTag/team"), func(w *world) {
		w.set(document.KindRole, roleARN, "", `{"Role":{"Arn":"`+roleARN+`","RoleId":"AROAEXAMPLE"}}`)
	}),
	"sessions may bring tags":          tagged("put_object", unknown, "aws:PrincipalTag/team", unlessTag("aws:PrincipalTag/team"), allOf(roleTags(teamAudit), func(w *world) { w.trust(tagSession) })),
	"sessions may, and it is declared": tagged("put_object", sound, "", unlessTag("aws:PrincipalTag/team"), allOf(func(w *world) { w.trust(tagSession) }, requested("aws:PrincipalTag/team", "audit"))),
	"trust policy unread":              tagged("put_object", unknown, "trust policy", unlessTag("aws:PrincipalTag/team"), allOf(roleTags(teamAudit), func(w *world) { w.deny(document.KindTrustPolicy) })),
	"role and bucket have the same":    tagged("put_object", sound, "", strings.Replace(unlessTag("s3:BucketTag/team"), `"audit"`, `"${aws:PrincipalTag/team}"`, 1), allOf(abac(abacOn), roleTags(teamAudit))),
	"role and bucket differ":           tagged("put_object", bad, "", strings.Replace(unlessTag("s3:BucketTag/team"), `"audit"`, `"${aws:PrincipalTag/team}"`, 1), allOf(abac(abacOnOther), roleTags(teamAudit))),
	"a control policy spares the role": organized("trusted_principals", bad, "444444444444", "", unlessTagged, allOf(trusting(stranger), roleTags(`[{"Key":"open","Value":"true"}]`))),
	"a control policy spares others":   organized("trusted_principals", sound, "", "", unlessTagged, trusting(stranger)),
	"the user has the tag": {
		base: withUser, fact: "put_object", alone: true, want: expectation{"put_object": sound},
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, unlessTag("aws:PrincipalTag/team"))
			w.set(document.KindUser, userARN, "", `{"User":{"Arn":"`+userARN+`","UserId":"AIDAEXAMPLE","Tags":`+teamAudit+`}}`)
		},
	},
	"the key goes by the role's tag": {
		base: withKey, fact: "key_use", alone: true, want: expectation{"key_use": sound},
		do: func(w *world) {
			denyKeyUse(w, `{"StringNotEquals":{"aws:PrincipalTag/team":"audit"}}`)
			w.roleTags(teamAudit)
		},
	},
	"the key goes by its own tag": {
		base: withKey, fact: "key_use", says: "aws:ResourceTag/team", alone: true, want: expectation{"key_use": unknown},
		do: func(w *world) {
			denyKeyUse(w, `{"StringNotEquals":{"aws:ResourceTag/team":"audit"}}`)
			w.abac(abacOn)
		},
	},
}

var (
	confinedByTag = strings.Replace(confine(roleARN), `"Condition":{`, `"Condition":{"StringEquals":{"aws:ResourceTag/team":"audit"},`, 1)
	unlessTagged  = strings.Replace(closing("sts:AssumeRole", everyone), `"Condition":{`, `"Condition":{"StringNotEqualsIfExists":{"aws:ResourceTag/open":"true"},`, 1)
)

// requested declares what Immuta's uploads hold under a key.
func requested(key, value string) func(*world) {
	return func(w *world) {
		w.expect(func(x *scanner.Expect) { x.Requests = map[string][]string{key: {value}} })
	}
}
