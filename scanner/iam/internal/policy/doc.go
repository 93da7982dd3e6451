// Package policy is the policy document: its grammar, its statements ready for evaluation, its digest,
// and S3's test of whether it is public.
//
// [Parse] refuses what AWS refuses and warns of what AWS accepts and nobody means. The package answers
// no question of access.
package policy
