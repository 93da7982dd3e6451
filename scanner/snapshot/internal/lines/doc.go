// Package lines is JSON Lines as strictly as a snapshot needs it: lines of
// bounded length from a stream, and how the JSON in each is written and read.
// It knows no record.
package lines
