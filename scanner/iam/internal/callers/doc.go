// Package callers holds who may make a request, and what AWS says about them in its context: classes of
// principals, whom policies name or cover, and the context itself. It evaluates nothing.
package callers
