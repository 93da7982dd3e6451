// Package transport is the HTTP client to one tenant. It lets out queries and
// key exchanges only, follows no redirect, bounds each attempt in time and
// size, tries again by the server's own word, and lets an answer in only when
// it has data and no errors. It knows no query and no configuration, and it
// chooses no key.
package transport
