// Package policies holds the rules that come with trailguard: one folder for
// each, with its tests beside it. Stock OPA checks, tests and formats them. The
// package embeds them and does nothing else; loading and evaluating them is
// for package scanner/opa.
package policies

import "embed"

// FS holds every rule, helper and test, by group and rule.
//
//go:embed */*/*.rego lib/*.rego
var FS embed.FS
