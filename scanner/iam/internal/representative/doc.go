// Package representative replaces an endless set of strings by a few that stand for all of it.
//
// A policy compares an unknown condition key with patterns, say "a*" and "*b". It can tell apart only
// which of them a value matches: there are endlessly many values, and four cases. One value of each
// case is enough to try: "x" matches neither, "a" the first, "b" the second, "ab" both. Those four are
// the representatives.
//
// An [Atom] is such a pattern. Each atom becomes an automaton, which reads a string character by
// character and whose state is the set of positions in the pattern that it may have reached. A machine
// runs the automata of all atoms at once. [All] walks the machine's states breadth first: it starts
// after the prefix that a [Domain] demands, tries in each state one of the characters that the atoms do
// not tell apart, and keeps a string for every combination of accepting atoms that it meets. Breadth
// first means that each string is a shortest one.
//
// [Constants] are all that policies compare one key with, numbers, dates and addresses included, and
// [Constants.Values] are the values to try for it.
//
// A hostile policy could ask for very many states. The walk is therefore bounded by work, not by time,
// and says whether it is complete. Who builds on an incomplete set may claim neither yes nor no.
//
// The package knows no requests and no policies. Package iam puts the representatives of several keys
// together to worlds, each of which answers a question for certain, and searches among the worlds.
package representative
