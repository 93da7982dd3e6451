// Package answer reads GraphQL answers: the envelope of data and errors, and
// the JSON in it. It is strict about JSON, but accepts errors in whatever form
// they come. It sends nothing, knows no export configuration, and removes
// nothing from texts: its callers must scrub what a server says.
package answer
