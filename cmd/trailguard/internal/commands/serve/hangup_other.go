//go:build !unix

package serve

// onHangup does nothing: the system has no SIGHUP. A changed file is read there, too.
func onHangup(func()) (stop func()) { return func() {} }
