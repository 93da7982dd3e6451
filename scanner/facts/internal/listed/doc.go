// Package listed puts those who get in somewhere into what a rule sees and a person
// reads: one access for each statement, and a few names of many.
package listed
