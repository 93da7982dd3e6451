// Package scanner is the domain of trailguard: tenants, export configurations,
// evidence and gaps, facts, rules, findings and the report. It also says how
// results become a report, and how a report is compared with earlier ones and
// concluded.
//
// A scan collects a snapshot, and everything after that is pure: facts are
// derived from evidence, rules judge facts, findings become a report. The
// stages are the packages below. They exchange the types of this package, and
// only the program connects them. The package uses no network and reads no
// clock.
package scanner
