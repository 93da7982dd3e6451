// Package input converts the rules' input into the values that rules are
// evaluated over, and checks the inputs of rule tests against the schema. It
// neither assembles inputs nor evaluates rules.
package input
