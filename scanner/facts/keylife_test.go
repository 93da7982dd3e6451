package facts_test

import "github.com/trailguard/trailguard/scanner/document"

// life describes the key by its origin and more.
func life(members string) func(*world) {
	return func(w *world) {
		w.set(document.KindKey, keyARN, "", `{"KeyMetadata":{"Arn":"`+keyARN+`","KeyManager":"CUSTOMER",`+members+`}}`)
	}
}

// imported is a key whose material is.
func imported(members string) func(*world) {
	return life(`"KeyState":"Enabled","Origin":"EXTERNAL"` + members)
}

var (
	ended  = expectation{"key_state": bad, "key_life": bad}
	ending = and(ended, expectation{"key_rotation": none}) // KMS rotates no key that is to be deleted
)

// The tests' now is noon of 20 November 2026.
var keyLifeScenarios = map[string]scenario{
	"pending deletion": {
		base: withKey, do: life(`"KeyState":"PendingDeletion","Origin":"AWS_KMS","DeletionDate":"2026-12-01T09:00:00Z"`),
		want: ending, fact: "key_life", says: "KMS deletes the key on 2026-12-01T09:00:00Z",
	},
	"pending deletion, origin not told": {
		base: withKey, do: life(`"KeyState":"PendingDeletion"`), want: ending, fact: "key_life", says: `"scheduled":true,"deletion":""`,
	},
	"waits for its replicas' deletion": {
		base: withKey, do: life(`"KeyState":"PendingReplicaDeletion","Origin":"AWS_KMS"`),
		want: ending, fact: "key_life", says: "KMS says that the key is PendingReplicaDeletion",
	},
	"material is gone": {
		base: withKey, do: life(`"KeyState":"PendingImport","Origin":"EXTERNAL"`),
		want: ended, fact: "key_life", says: "KMS has no material of the key",
	},
	"out of reach": {
		base: withKey, do: life(`"KeyState":"Unavailable","Origin":"EXTERNAL_KEY_STORE"`), want: expectation{"key_state": bad},
	},
	"in a CloudHSM": {base: withKey, do: life(`"KeyState":"Enabled","Origin":"AWS_CLOUDHSM"`)},
	"imported for ever": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"`),
	},
	"imported for a year": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_EXPIRES","ValidTo":"2027-11-01T00:00:00Z"`),
		fact: "key_life", says: `"expires":"2027-11-01T00:00:00Z","days":345,"expired":false`,
	},
	"imported for two weeks more": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_EXPIRES","ValidTo":"2026-12-04T12:00:00Z"`),
	},
	"expires within two weeks": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_EXPIRES","ValidTo":"2026-12-04T11:59:59Z"`),
		want: expectation{"key_life": bad}, fact: "key_life", says: "expires on 2026-12-04T11:59:59Z",
	},
	"expired since it was read": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_EXPIRES","ValidTo":"2026-11-20T12:00:00Z"`),
		want: expectation{"key_life": bad}, fact: "key_life", says: `"days":0,"expired":true`,
	},
	"imported, as an older snapshot has it": {
		base: withKey, do: imported(""), want: expectation{"key_life": unknown}, fact: "key_life", says: "collect a new snapshot",
	},
	"expires nobody knows when": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_EXPIRES"`), want: expectation{"key_life": unknown},
	},
	"expires in a way that nobody knows": {
		base: withKey, do: imported(`,"ExpirationModel":"KEY_MATERIAL_FADES"`),
		want: expectation{"key_life": unknown}, fact: "key_life", says: `ExpirationModel "KEY_MATERIAL_FADES"`,
	},
	"origin that nobody knows": {
		base: withKey, do: life(`"KeyState":"Enabled","Origin":"ELSEWHERE"`),
		want: expectation{"key_life": unknown, "key_rotation": unknown}, fact: "key_life", says: `Origin "ELSEWHERE"`,
	},
	"origin not told": {base: withKey, do: life(`"KeyState":"Enabled"`), want: expectation{"key_life": unknown, "key_rotation": unknown}},
}
