// Package aws collects what AWS says about export destinations: buckets, the
// roles and users that write to them, and the keys that encrypt them.
//
// It only reads. The operations that it may send are a closed list (see
// Operations); a gate below the SDK refuses everything else, and refuses
// answers that are not AWS's: an HTTP 200 with somebody's web page in it is not
// evidence. What could not be read becomes a gap with its reason. The package
// judges nothing.
//
// The SDK's own credential chain (SSO, web identity, container and instance
// metadata, a profile's role_arn) talks to its own services below the gate.
package aws
