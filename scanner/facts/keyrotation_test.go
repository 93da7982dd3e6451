package facts_test

import "github.com/trailguard/trailguard/scanner/document"

// rotates is what KMS tells of a key's rotation.
func rotates(text string) func(*world) {
	return func(w *world) { w.set(document.KindKeyRotation, keyARN, "", text) }
}

var keyRotationScenarios = map[string]scenario{
	"every half year": {
		base: withKey, do: rotates(`{"KeyRotationEnabled":true,"RotationPeriodInDays":180}`),
		fact: "key_rotation", says: "KMS rotates the key every 180 days",
	},
	"as often as KMS likes": {base: withKey, do: rotates(`{"KeyRotationEnabled":true}`), fact: "key_rotation", says: "KMS rotates the key"},
	"off": {
		base: withKey, do: rotates(`{"KeyRotationEnabled":false}`), want: expectation{"key_rotation": bad},
		fact: "key_rotation", says: "KMS does not rotate the key",
	},
	"not told":       {base: withKey, do: rotates(`{}`), want: expectation{"key_rotation": unknown}},
	"said not to be": {base: withKey, do: func(w *world) { w.absent(document.KindKeyRotation, keyARN) }, want: expectation{"key_rotation": unknown}},
	"denied": {
		base: withKey, do: func(w *world) { w.deny(document.KindKeyRotation) }, want: expectation{"key_rotation": unknown},
		fact: "key_rotation", says: "whether KMS rotates the key",
	},
	"never asked": { // as an older snapshot has it
		base: withKey, do: func(w *world) { w.drop(document.KindKeyRotation) }, want: expectation{"key_rotation": unknown},
		fact: "key_rotation", says: "it was not collected",
	},
	"denied, of a key that cannot be rotated": {
		base: withKey, do: func(w *world) {
			imported(`,"ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"`)(w)
			w.deny(document.KindKeyRotation)
		},
		fact: "key_rotation", says: "its material was imported",
	},
	"off, in a store of keys outside": {
		base: withKey, do: func(w *world) {
			life(`"KeyState":"Enabled","Origin":"EXTERNAL_KEY_STORE"`)(w)
			rotates(`{"KeyRotationEnabled":false}`)(w)
		},
		fact: "key_rotation", says: "outside of KMS",
	},
	"off, as the key is to be deleted": {
		base: withKey, do: func(w *world) {
			life(`"KeyState":"PendingDeletion","Origin":"AWS_KMS"`)(w)
			rotates(`{"KeyRotationEnabled":false}`)(w)
		},
		want: ending, fact: "key_rotation", says: "scheduled for deletion",
	},
	"off, of a key that signs": {
		base: withKey, do: func(w *world) {
			life(`"KeyState":"Enabled","Origin":"AWS_KMS","KeyUsage":"SIGN_VERIFY","KeySpec":"RSA_2048"`)(w)
			rotates(`{"KeyRotationEnabled":false}`)(w)
		},
		want: expectation{"key_state": bad}, fact: "key_rotation", says: `KeyUsage \"SIGN_VERIFY\"`,
	},
}
