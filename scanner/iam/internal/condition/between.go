package condition

import (
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// NumbersToTry returns every constant, and numbers between, below and above
// them.
func NumbersToTry(ns []Number) []string {
	if len(ns) == 0 {
		return nil
	}
	ns = slices.Clone(ns)
	slices.SortFunc(ns, Number.Compare)
	ns = slices.CompactFunc(ns, func(a, b Number) bool { return a.Compare(b) == 0 })
	out := []string{formatNumber(Number{f: ns[0].f - 1, i: ns[0].i - 1, exact: ns[0].exact})}
	for i, n := range ns {
		out = append(out, formatNumber(n))
		if i+1 == len(ns) {
			break
		}
		m := ns[i+1]
		if n.exact && m.exact && m.i-n.i > 1 {
			out = append(out, formatNumber(Number{i: n.i + 1, exact: true}))
		}
		out = append(out, strconv.FormatFloat(n.f+(m.f-n.f)/2, 'g', -1, 64))
	}
	top := ns[len(ns)-1]
	return append(out, formatNumber(Number{f: top.f + 1, i: top.i + 1, exact: top.exact}))
}

func formatNumber(n Number) string {
	if n.exact {
		return strconv.FormatInt(n.i, 10)
	}
	return strconv.FormatFloat(n.f, 'g', -1, 64)
}

// DatesToTry returns every constant, and times between, before and after them.
func DatesToTry(ds []Instant) []string {
	if len(ds) == 0 {
		return nil
	}
	ds = slices.Clone(ds)
	slices.SortFunc(ds, Instant.Compare)
	ds = slices.Compact(ds)
	out := []string{formatInstant(Instant{sec: ds[0].sec - 1})}
	for i, d := range ds {
		after := Instant{sec: d.sec + 1, nano: d.nano}
		if i+1 < len(ds) && after.Compare(ds[i+1]) >= 0 { // less than a second apart: the next nanosecond lies between
			after = Instant{sec: d.sec + int64(d.nano+1)/1_000_000_000, nano: (d.nano + 1) % 1_000_000_000}
		}
		out = append(out, formatInstant(d), formatInstant(after))
	}
	return out
}

func formatInstant(t Instant) string {
	return time.Unix(t.sec, int64(t.nano)).UTC().Format(time.RFC3339Nano)
}

// AddressesToTry returns the first address of every range and the first one
// after it. Together they represent every stretch between two boundaries.
func AddressesToTry(ps []netip.Prefix) []string {
	if len(ps) == 0 {
		return nil
	}
	addrs := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, p := range ps {
		addrs = append(addrs, p.Addr())
		if after := lastAddress(p).Next(); after.IsValid() {
			addrs = append(addrs, after)
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	var out []string
	for _, a := range slices.Compact(addrs) {
		out = append(out, a.String())
	}
	return out
}

func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
