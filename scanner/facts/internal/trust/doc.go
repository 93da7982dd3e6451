// Package trust derives the facts about who may assume an export's role: Immuta with
// the configuration's id, others without it, and by which other doors.
package trust
