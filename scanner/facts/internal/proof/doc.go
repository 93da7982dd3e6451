// Package proof says what an answer rests on: the statements and documents that
// prove it, and the gaps that leave it open.
package proof
