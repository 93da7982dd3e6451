// Package rules reads rules written in Rego: their sources, their METADATA, the
// facts that they read, and whether they compile against the schema of the
// input. It gathers every problem with its file and line. It evaluates nothing
// and judges no subject.
package rules
