// Package view is how a record is read. A View finds documents, parses each distinct
// text once, and says what stands in the place of one that is not there: the
// certainty that there is none, or a gap. It works out who writes, which policies
// bind whom, and what is known of requests, and asks package iam what the writer may
// do.
//
// It knows no fact by name: what an answer means for one is package facts' part.
package view
