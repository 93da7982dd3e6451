// Package transport is the HTTP client for one tenant. It sends queries and key
// exchanges only, follows no redirect, bounds each attempt in time and size,
// retries where the server allows it, and accepts an answer only when it has
// data and no errors. It knows no query and no configuration, and does not
// choose the key.
package transport
