package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/netutil"
)

// The bounds of what a client may take.
const (
	headerTime  = 5 * time.Second
	requestTime = 10 * time.Second
	answerTime  = 2 * time.Minute // of a large report over a slow line
	idleTime    = time.Minute
	headerBytes = 16 << 10
	connections = 128
)

// Listen opens an address, HOST:PORT. Where it is reached from other machines, or
// may be, it refuses to without a token; the answer says whether it may be.
func Listen(ctx context.Context, address string, token bool) (l net.Listener, loopback bool, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, false, fmt.Errorf("listen on %s: %w", address, err)
	}
	ips, err := addresses(ctx, host)
	if err != nil {
		return nil, false, fmt.Errorf("listen on %s: %w", address, err)
	}
	loopback = true
	for _, ip := range ips {
		loopback = loopback && ip.IsLoopback()
	}
	if !loopback && !token {
		return nil, false, fmt.Errorf("listen on %s: other machines may reach this address, so a token is needed: write serve: { token: env:NAME } or file:PATH, or listen on 127.0.0.1", address)
	}
	// The address that was looked at is the one that is opened: a name may have
	// another meaning by then.
	if host != "" {
		host = ips[0].String()
	}
	l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, false, err // it names the address, and what to look for
	}
	return netutil.LimitListener(l, connections), loopback, nil
}

// addresses are those that a host stands for; empty: all of the machine.
func addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if host == "" {
		return []netip.Addr{netip.IPv6Unspecified()}, nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	if len(ips) == 0 {
		return nil, errors.New("the name has no address")
	}
	return ips, nil
}

// NewServer returns the server of the pages. It bounds what a client may take.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
	}
}

// isLoopback says whether the host of a request is this machine, as seen from
// itself. A page of somebody else's that had its name point here (DNS rebinding)
// has another.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
