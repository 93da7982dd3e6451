// Package input reads the rules' input into the values that they are evaluated
// over, and checks the inputs of their tests against the schema. It makes no
// input and evaluates no rule.
package input
