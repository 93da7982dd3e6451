// Package policy is the policy document: its grammar, its statements prepared
// for evaluation, its digest, and S3's test of whether it is public.
//
// [Parse] refuses what AWS refuses, and warns of what AWS accepts and the
// author probably did not mean. The package answers no question of access.
package policy
