package condition

import (
	"cmp"
	"net/netip"
	"strconv"
	"time"
)

// Number keeps integers exact: float64 alone would make 2^53 and 2^53+1 equal.
type Number struct {
	i     int64
	f     float64
	exact bool
}

// ParseNumber reads an integer or decimal number. Any other value is invalid and matches nothing.
func ParseNumber(s string) (Number, bool) {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '+', c == '-', c == '.', c == 'e', c == 'E':
		default:
			return Number{}, false
		}
	}
	if digits == 0 {
		return Number{}, false
	}
	if digits <= 18 {
		if i, ok := parseInt(s); ok {
			return Number{i: i, f: float64(i), exact: true}, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return Number{f: f}, err == nil
}

// parseInt reads an optional sign and digits. It allocates no error for other texts.
func parseInt(s string) (int64, bool) {
	neg := s[0] == '-'
	if neg || s[0] == '+' {
		s = s[1:]
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	if neg {
		n = -n
	}
	return n, s != ""
}

// Compare is negative when a is the smaller one, positive when it is the larger one.
func (a Number) Compare(b Number) int {
	if a.exact && b.exact {
		return cmp.Compare(a.i, b.i)
	}
	return cmp.Compare(a.f, b.f)
}

// Instant is a point in time: seconds since 1970 and nanoseconds.
type Instant struct {
	sec  int64
	nano int32
}

// Compare is negative when a is the earlier one, positive when it is the later one.
func (a Instant) Compare(b Instant) int {
	return cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(a.nano, b.nano))
}

// ParseInstant reads the W3C profile of ISO 8601 (a year, a month, a day, or a time with zone)
// and epoch seconds. Four digits are a year.
func ParseInstant(s string) (Instant, bool) {
	if len(s) != 4 && s != "" {
		if n, ok := parseEpoch(s); ok {
			return n, true
		}
	}
	date, clock := s, ""
	for i := range len(s) {
		if s[i] == 'T' || s[i] == 't' {
			date, clock = s[:i], s[i+1:]
			break
		}
	}
	y, m, d, ok := parseDate(date)
	if !ok || clock == "" && len(date) != len(s) || clock != "" && len(date) != 10 {
		return Instant{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d {
		return Instant{}, false // 31 April
	}
	base := Instant{sec: t.Unix()}
	if clock == "" {
		return base, true
	}
	return addClock(base, clock)
}

// parseEpoch reads seconds since 1970, a fraction allowed.
func parseEpoch(s string) (Instant, bool) {
	whole, frac := s, ""
	for i := range len(s) {
		if s[i] == '.' {
			whole, frac = s[:i], s[i+1:]
			break
		}
	}
	if whole == "" || len(whole) > 15 {
		return Instant{}, false
	}
	n, ok := parseInt(whole)
	if !ok {
		return Instant{}, false
	}
	nano, ok := parseFraction(frac)
	return Instant{sec: n, nano: nano}, ok && (whole[0] != '-' || frac == "")
}

func parseFraction(s string) (int32, bool) {
	var n int32
	if len(s) > 9 {
		s = s[:9]
	}
	scale := int32(100_000_000)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n += int32(s[i]-'0') * scale
		scale /= 10
	}
	return n, true
}

func parseDate(s string) (y, m, d int, ok bool) {
	m, d = 1, 1
	switch len(s) {
	case 10:
		if d, ok = twoDigits(s[8:]); !ok || s[7] != '-' || d == 0 {
			return 0, 0, 0, false
		}
		fallthrough
	case 7:
		if m, ok = twoDigits(s[5:7]); !ok || s[4] != '-' || m == 0 || m > 12 {
			return 0, 0, 0, false
		}
		fallthrough
	case 4:
		hi, ok1 := twoDigits(s[:2])
		lo, ok2 := twoDigits(s[2:4])
		return hi*100 + lo, m, d, ok1 && ok2
	}
	return 0, 0, 0, false
}

func twoDigits(s string) (int, bool) {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

// addClock reads hh:mm[:ss[.fraction]] and the zone, "Z" or ±hh:mm, which must be there.
func addClock(t Instant, s string) (Instant, bool) {
	h, ok1 := twoDigits(s)
	if !ok1 || len(s) < 6 || s[2] != ':' || h > 23 {
		return Instant{}, false
	}
	mi, ok2 := twoDigits(s[3:])
	if !ok2 || mi > 59 {
		return Instant{}, false
	}
	s = s[5:]
	sec := 0
	if s[0] == ':' {
		var ok bool
		if sec, ok = twoDigits(s[1:]); !ok || sec > 60 {
			return Instant{}, false
		}
		s = s[3:]
		if s != "" && s[0] == '.' {
			end := 1
			for end < len(s) && s[end] >= '0' && s[end] <= '9' {
				end++
			}
			t.nano, _ = parseFraction(s[1:end])
			s = s[end:]
		}
	}
	offset, ok := parseZone(s)
	t.sec += int64(h*3600 + mi*60 + sec - offset)
	return t, ok
}

// parseZone gives the offset in seconds east of UTC.
func parseZone(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 5 && len(s) != 6 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, ok1 := twoDigits(s[1:])
	m, ok2 := twoDigits(s[len(s)-2:])
	if !ok1 || !ok2 || len(s) == 6 && s[3] != ':' {
		return 0, false
	}
	offset := h*3600 + m*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// ParseAddr reads an address of the request.
func ParseAddr(s string) (netip.Addr, bool) {
	if len(s) < 2 || len(s) > 45 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// ParsePrefix reads a policy's range. A bare address stands for itself alone; bits beyond the
// prefix length are ignored.
func ParsePrefix(s string) (netip.Prefix, bool) {
	if a, ok := ParseAddr(s); ok {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}
