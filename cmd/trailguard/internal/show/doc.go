// Package show says how commands print what is no report: rules, facts, and what
// a history holds, as tables and lines for people. It finds nothing out, and
// reports are package reporters' part.
package show
