package facts_test

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func locked(mode, length string) string {
	return `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"` + mode + `",` + length + `}}}}`
}

func (w *world) lock(text string) { w.set(document.KindObjectLock, bucketARN, "", text) }

func (w *world) lifecycle(rules string) {
	w.set(document.KindLifecycle, bucketARN, "", `{"Rules":[`+rules+`]}`)
}

func (w *world) owned(by string) {
	w.set(document.KindOwnership, bucketARN, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"`+by+`"}]}}`)
}

// early is a rule that expires too soon, if it is in force and reaches the path.
func early(status, filter string) string {
	return `{"ID":"early","Status":"` + status + `","Filter":` + filter + `,"Expiration":{"Days":30}}`
}

const noBypass = `{"Sid":"Keep","Effect":"Deny","Principal":"*","Action":"s3:BypassGovernanceRetention","Resource":"arn:aws:s3:::acme-audit/*"`

var protectionScenarios = map[string]scenario{
	"versioning suspended": {
		do:   func(w *world) { w.set(document.KindVersioning, bucketARN, "", `{"Status":"Suspended"}`) },
		want: expectation{"versioning": bad}, fact: "versioning", says: "Suspended",
	},
	"versioning never":  {do: func(w *world) { w.set(document.KindVersioning, bucketARN, "", `{}`) }, want: expectation{"versioning": bad}},
	"versioning new":    {do: func(w *world) { w.set(document.KindVersioning, bucketARN, "", `{"Status":"Partial"}`) }, want: expectation{"versioning": unknown}},
	"versioning unread": {do: func(w *world) { w.deny(document.KindVersioning) }, want: expectation{"versioning": unknown}},
	"MFA delete as well": {do: func(w *world) {
		w.set(document.KindVersioning, bucketARN, "", `{"Status":"Enabled","MFADelete":"Enabled"}`)
	}},

	"lock merely on":     {do: func(w *world) { w.lock(`{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}`) }, want: expectation{"object_lock": bad}},
	"lock absent":        {do: func(w *world) { w.absent(document.KindObjectLock, bucketARN) }, want: expectation{"object_lock": bad}},
	"lock too short":     {do: func(w *world) { w.lock(locked("COMPLIANCE", `"Days":364`)) }, want: expectation{"object_lock": bad}},
	"lock for a year":    {do: func(w *world) { w.lock(locked("COMPLIANCE", `"Years":1`)) }},
	"lock of a new mode": {do: func(w *world) { w.lock(locked("ARCHIVE", `"Days":400`)) }, want: everything(unknown, "object_lock", "silent_denial")},
	"lock unread":        {do: func(w *world) { w.deny(document.KindObjectLock) }, want: everything(unknown, "object_lock", "silent_denial")},
	"governance":         {do: func(w *world) { w.lock(locked("GOVERNANCE", `"Days":400`)) }, want: expectation{"object_lock": bad}},
	"governance that nobody ends": {do: func(w *world) {
		w.lock(locked("GOVERNANCE", `"Days":400`))
		w.bucketPolicy(tlsStatement, noBypass+`}`)
	}},
	"governance that only others end": {
		do: func(w *world) {
			w.lock(locked("GOVERNANCE", `"Days":400`))
			w.bucketPolicy(tlsStatement, noBypass+`,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/ops-admin"}}}`)
		},
		want: expectation{"object_lock": bad},
	},
	"governance that break-glass ends": {do: func(w *world) {
		w.lock(locked("GOVERNANCE", `"Days":400`))
		w.bucketPolicy(tlsStatement, noBypass+`,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/ops-admin"}}}`)
		w.expect(func(x *scanner.Expect) { x.BreakGlass = []string{"arn:aws:iam::111111111111:role/ops-admin"} })
	}},
	"governance behind an unread policy": {
		do: func(w *world) {
			w.lock(locked("GOVERNANCE", `"Days":400`))
			w.deny(document.KindBucketPolicy)
		},
		want: everything(unknown, "object_lock", "put_object", "tls", "foreign_writers"),
	},
	"governance too short whatever the policy": {
		do: func(w *world) {
			w.lock(locked("GOVERNANCE", `"Days":4`))
			w.deny(document.KindBucketPolicy)
		},
		want: and(everything(unknown, "put_object", "tls", "foreign_writers"), expectation{"object_lock": bad}),
	},

	"expires early behind the lock": {
		do:   func(w *world) { w.lifecycle(early("Enabled", `{}`)) },
		fact: "retention", says: "only hides it",
	},
	"expires early": {
		do: func(w *world) {
			w.lifecycle(early("Enabled", `{"Prefix":"immuta/"}`))
			w.lock(locked("COMPLIANCE", `"Days":7`))
		},
		want: everything(bad, "retention", "object_lock"),
	},
	"expires early, and the lock is unread": {
		do: func(w *world) {
			w.lifecycle(early("Enabled", `{}`))
			w.deny(document.KindObjectLock)
		},
		want: everything(unknown, "retention", "object_lock", "silent_denial"),
	},
	"expires on a date": {
		do: func(w *world) {
			w.lifecycle(`{"ID":"end","Status":"Enabled","Prefix":"","Expiration":{"Date":"2030-01-01T00:00:00Z"}}`)
			w.absent(document.KindObjectLock, bucketARN)
		},
		want: everything(bad, "retention", "object_lock"),
	},
	"expires early elsewhere":     {do: unlocked(early("Enabled", `{"Prefix":"immuta-old/"}`)), want: expectation{"object_lock": bad}},
	"expires early, disabled":     {do: unlocked(early("Disabled", `{}`)), want: expectation{"object_lock": bad}},
	"expires early what has tags": {do: unlocked(early("Enabled", `{"And":{"Prefix":"immuta/","Tags":[{"Key":"keep","Value":"no"}]}}`)), want: expectation{"object_lock": bad}},
	"expires early what is large": {do: unlocked(early("Enabled", `{"ObjectSizeGreaterThan":1}`)), want: everything(bad, "retention", "object_lock")},
	"only delete markers expire":  {do: unlocked(`{"ID":"m","Status":"Enabled","Filter":{},"Expiration":{"ExpiredObjectDeleteMarker":true}}`), want: expectation{"object_lock": bad}},
	"only old versions expire":    {do: unlocked(`{"ID":"v","Status":"Enabled","Filter":{},"NoncurrentVersionExpiration":{"NoncurrentDays":1}}`), want: expectation{"object_lock": bad}},
	"a rule of a new status":      {do: func(w *world) { w.lifecycle(early("Paused", `{}`)) }, want: expectation{"retention": unknown}},
	"lifecycle unread":            {do: func(w *world) { w.deny(document.KindLifecycle) }, want: expectation{"retention": unknown}},
	"no retention expected": {
		do: func(w *world) {
			w.lifecycle(early("Enabled", `{}`))
			w.expect(func(x *scanner.Expect) { x.RetentionDays = 0 })
		},
		want: expectation{"retention": none},
	},

	"uploads stay the writer's within one account": {do: func(w *world) { w.owned("ObjectWriter") }},
	"uploads stay the writer's":                    {do: acrossAs("ObjectWriter"), want: expectation{"object_ownership": bad}},
	"uploads may become the owner's":               {do: acrossAs("BucketOwnerPreferred"), want: expectation{"object_ownership": unknown}},
	"uploads become the owner's":                   {do: acrossAs("BucketOwnerEnforced")},
	"ownership of a new kind":                      {do: func(w *world) { w.owned("OrganizationOwner") }, want: expectation{"object_ownership": unknown}},

	"nobody answers for it": {
		do: func(w *world) {
			w.options.Settings.Exports = map[string]scanner.ExportHint{otherID: {Owner: "claims"}}
		},
		want: expectation{"owner": bad},
	},
	"owners are not in use": {
		do:   func(w *world) { w.options.Settings.Exports = nil },
		want: expectation{"owner": none},
	},
}

// unlocked is a bucket without Object Lock and with these lifecycle rules.
func unlocked(rules string) func(*world) {
	return func(w *world) {
		w.lifecycle(rules)
		w.absent(document.KindObjectLock, bucketARN)
	}
}

// acrossAs is a bucket of another, expected account, with this object ownership.
func acrossAs(ownership string) func(*world) {
	return func(w *world) {
		w.owned(ownership)
		w.set(document.KindBucketOwner, bucketARN, "", `{"Account":"333333333333"}`)
		w.expect(func(x *scanner.Expect) { x.BucketAccounts = []string{"333333333333"} })
		w.bucketPolicy(tlsStatement, `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":"s3:PutObject","Resource":"`+bucketARN+`/*"}`)
	}
}
