// Package callers lists who may make a request, and what AWS says about them in
// its context: classes of principals that policies name or cover, and the
// context itself. It evaluates nothing.
package callers
