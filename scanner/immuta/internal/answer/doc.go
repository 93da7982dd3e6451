// Package answer reads GraphQL answers: the envelope of data and errors, and
// the JSON in it. It is strict about what JSON is, and takes errors in
// whatever shape they come. It sends nothing, knows no export configuration,
// and cleans no text: the words of a server are for the caller to scrub.
package answer
