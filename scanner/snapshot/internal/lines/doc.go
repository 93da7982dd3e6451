// Package lines reads and writes JSON Lines as strictly as a snapshot needs it:
// lines of bounded length, and strict JSON in each. It knows nothing of
// records.
package lines
