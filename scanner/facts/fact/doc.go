// Package fact declares what rules see as `input`: the facts of one export or
// tenant, each with its state and its proof, and the schema that is made of their
// Go types. It derives none: that is package facts' part.
package fact
