// Package scanner is the domain of trailguard: tenants, export configurations,
// evidence and gaps, facts, rules, findings and the report, and the pipeline
// that leads from the first to the last.
//
// A scan collects a snapshot and everything after that is pure: facts are
// derived from evidence, rules judge facts, findings become a report. The
// package declares the interfaces of the stages; the packages below it
// implement them, and only the program wires them together. It talks to no
// network and reads no clock.
package scanner
