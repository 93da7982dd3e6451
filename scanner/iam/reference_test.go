package iam_test

import (
	"encoding/base64"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reference is a slow evaluator that follows the documentation sentence by sentence. It works on
// decoded JSON, knows two truth values only, and shares nothing with the package. bug names a
// mistake that it makes on purpose.
type reference struct {
	bug string
}

// question is a request without anything unknown.
type question struct {
	principal, action, resource, account string
	context                              map[string][]string // keys in lower case
	identity, boundary, session          []any
	resourcePolicy                       any
	scps, rcps                           [][]any
	restrict                             bool
	management                           string
}

var arnShape = regexp.MustCompile(`(?s)^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)$`)

func (r reference) allowed(q *question) bool {
	isService, isAnonymous := false, q.principal == "anonymous"
	var partition, account, rest string
	if m := arnShape.FindStringSubmatch(q.principal); m != nil {
		partition, account, rest = m[1], m[4], m[5]
	} else {
		isService = !isAnonymous
	}
	isIdentity := !isService && !isAnonymous
	isRoot := rest == "root"
	linked := strings.HasPrefix(rest, "role/aws-service-role/") || strings.HasPrefix(rest, "assumed-role/AWSServiceRoleFor")
	low := strings.ToLower(q.action)
	assume := strings.HasPrefix(low, "sts:assumerole")
	kms := strings.HasPrefix(low, "kms:")

	if isAnonymous && (assume || kms) && r.bug != "anonymous-signed" {
		return false
	}
	if isRoot && assume && r.bug != "root-assumes" {
		return false
	}
	if m := arnShape.FindStringSubmatch(q.resource); m != nil && isIdentity && m[1] != partition && r.bug != "partition" {
		return false
	}
	within := isIdentity && account == q.account

	// 1. An explicit deny anywhere ends it.
	scpsApply := isIdentity && (!linked || r.bug == "scp-linked") && (account != q.management || r.bug == "scp-management")
	rcpsApply := (!linked || r.bug == "rcp-linked") && (q.account != q.management || r.bug == "rcp-management")
	var denying []any
	if isIdentity {
		denying = append(denying, q.identity...)
		if r.bug != "boundary-deny" {
			denying = append(denying, q.boundary...)
		}
		if r.bug != "session-deny" {
			denying = append(denying, q.session...)
		}
		if scpsApply {
			for _, l := range q.scps {
				denying = append(denying, l...)
			}
		}
	}
	if rcpsApply && r.bug != "rcp-deny" {
		for _, l := range q.rcps {
			denying = append(denying, l...)
		}
	}
	for _, p := range denying {
		if r.bug != "deny-ignored" && r.says(p, "Deny", q) != 0 {
			return false
		}
	}
	rootKeeps := isRoot && within && (low == "s3:getbucketpolicy" || low == "s3:putbucketpolicy" || low == "s3:deletebucketpolicy")
	if q.resourcePolicy != nil && (!rootKeeps || r.bug == "root-locked-out") && r.says(q.resourcePolicy, "Deny", q) != 0 {
		return false
	}

	// 2. Every level of service control policies must allow.
	if scpsApply {
		some := false
		for _, l := range q.scps {
			ok := r.anyAllows(l, q)
			some = some || ok
			if !ok && r.bug != "scp-any-level" {
				return false
			}
		}
		if len(q.scps) > 0 && !some {
			return false
		}
	}

	// 3. What the resource policy says about the caller.
	named := 0
	if q.resourcePolicy != nil {
		named = r.says(q.resourcePolicy, "Allow", q)
	}
	outside := !within && !isService
	if outside && q.restrict && strings.HasPrefix(low, "s3:") && r.bug != "restrict" && r.public(q.resourcePolicy) {
		return false
	}
	if !isIdentity {
		return named != 0
	}

	// 4. The caller's own side.
	identity := isRoot || r.anyAllows(q.identity, q)
	boundary := len(q.boundary) == 0 || r.anyAllows(q.boundary, q) || r.bug == "boundary-ignored"
	session := len(q.session) == 0 || r.anyAllows(q.session, q) || r.bug == "session-ignored"
	if !within {
		if r.bug == "cross-either" {
			return (identity || named != 0) && boundary && session
		}
		return identity && boundary && session && named != 0
	}
	if named&bySession != 0 && r.bug != "session-limited" {
		return true
	}
	if named&byUser != 0 && r.bug != "user-limited" {
		if len(q.session) == 0 {
			return true
		}
		if boundary && session {
			return true
		}
	}
	if (kms || strings.HasPrefix(low, "sts:")) && named == 0 && r.bug != "delegation" {
		return false
	}
	if named&byRole != 0 {
		return boundary && session || r.bug == "role-bypasses"
	}
	if named&byAccount != 0 && r.bug == "account-grants" {
		return true
	}
	return identity && boundary && session
}

// How an allowing statement names the caller.
const (
	byAccount = 1 << iota
	byRole
	byUser
	bySession
)

func (r reference) anyAllows(ps []any, q *question) bool {
	for _, p := range ps {
		if r.says(p, "Allow", q) != 0 {
			return true
		}
	}
	return false
}

// says collects how the statements of one effect that match name the caller; 0 is no match.
func (r reference) says(p any, effect string, q *question) int {
	doc := p.(map[string]any)
	vars := doc["Version"] == "2012-10-17" || r.bug == "version"
	named := 0
	for _, s := range list(doc["Statement"]) {
		st := s.(map[string]any)
		if st["Effect"] == effect {
			named |= r.statement(st, q, vars)
		}
	}
	return named
}

func (r reference) statement(st map[string]any, q *question, vars bool) int {
	action := func(v any) bool {
		for _, a := range list(v) {
			x, y := strings.ToLower(a.(string)), strings.ToLower(q.action)
			if r.bug == "action-case" {
				x, y = a.(string), q.action
			}
			if wild(glob(x), y) {
				return true
			}
		}
		return false
	}
	if v, ok := st["Action"]; ok && !action(v) {
		return 0
	}
	if v, ok := st["NotAction"]; ok && action(v) != (r.bug == "not-action") {
		return 0
	}
	resource := func(v any) bool {
		for _, a := range list(v) {
			if t, ok := r.fill(a.(string), true, vars, q); ok && wild(t, q.resource) {
				return true
			}
		}
		return false
	}
	if v, ok := st["Resource"]; ok && !resource(v) {
		return 0
	}
	if v, ok := st["NotResource"]; ok && resource(v) != (r.bug == "not-resource") {
		return 0
	}
	how := bySession
	if v, ok := st["Principal"]; ok {
		how = r.names(v, q)
	}
	if v, ok := st["NotPrincipal"]; ok {
		spared := r.spares(v, st["Effect"] == "Deny", q)
		if spared != (r.bug == "not-principal") {
			return 0
		}
	}
	if how == 0 {
		return 0
	}
	conditions, _ := st["Condition"].(map[string]any)
	one := false
	for op, keys := range conditions {
		for key, values := range keys.(map[string]any) {
			ok := r.condition(op, strings.ToLower(key), list(values), q, vars)
			one = one || ok
			if !ok && r.bug != "conditions-or" {
				return 0
			}
		}
	}
	if r.bug == "conditions-or" && len(conditions) > 0 && !one {
		return 0
	}
	return how
}

// names tells how a Principal element names the caller.
func (r reference) names(v any, q *question) int {
	if v == "*" {
		return bySession
	}
	how := 0
	for kind, values := range v.(map[string]any) {
		for _, x := range list(values) {
			how |= r.namedBy(kind, x.(string), q.principal)
		}
	}
	return how
}

func (r reference) namedBy(kind, v, who string) int {
	if kind == "Service" {
		if v == who {
			return bySession
		}
		return 0
	}
	if v == "*" {
		return bySession
	}
	m := arnShape.FindStringSubmatch(who)
	if m == nil {
		return 0
	}
	if len(v) == 12 && v == m[4] {
		return byAccount
	}
	e := arnShape.FindStringSubmatch(v)
	if e == nil {
		return 0
	}
	if r.bug == "principal-wildcard" && wild(glob(v), who) {
		return byRole
	}
	switch {
	case e[5] == "root":
		if e[4] == m[4] && (e[1] == m[1] || r.bug == "root-partition") {
			return byAccount
		}
	case strings.HasPrefix(e[5], "user/"):
		if v == who {
			return byUser
		}
	case strings.HasPrefix(e[5], "role/"):
		if v == who {
			return byRole
		}
		parts := strings.Split(e[5], "/")
		session := strings.Split(m[5], "/")
		if session[0] == "assumed-role" && r.bug != "role-session" && session[1] == parts[len(parts)-1] && e[4] == m[4] && e[1] == m[1] {
			return byRole
		}
	default:
		if v == who {
			return bySession
		}
		if r.bug == "session-prefix" && strings.HasPrefix(who, v) {
			return bySession
		}
	}
	return 0
}

// spares tells whether NotPrincipal leaves the caller out.
func (r reference) spares(v any, deny bool, q *question) bool {
	if v == "*" {
		return true
	}
	how := r.names(v, q)
	m := arnShape.FindStringSubmatch(q.principal)
	if m == nil || !deny {
		return how != 0
	}
	if len(q.boundary) > 0 && r.bug != "not-principal-boundary" {
		return false
	}
	if aws, ok := v.(map[string]any)["AWS"]; ok {
		for _, x := range list(aws) {
			if x == "*" {
				return true
			}
		}
	}
	need := byAccount
	switch {
	case strings.HasPrefix(m[5], "user/"):
		need |= byUser
	case strings.HasPrefix(m[5], "role/"):
		need |= byRole
	case strings.HasPrefix(m[5], "assumed-role/"):
		need |= byRole | bySession
	case strings.HasPrefix(m[5], "federated-user/"):
		need |= bySession
	}
	if r.bug == "not-principal-loose" {
		return how != 0
	}
	return how&need == need
}

func (r reference) condition(op, key string, values []any, q *question, vars bool) bool {
	quantifier, base, found := strings.Cut(op, ":")
	if !found {
		quantifier, base = "", op
	}
	base, ifExists := strings.CutSuffix(base, "IfExists")
	got, present := q.context[key]
	if base == "Null" {
		for _, v := range values {
			want := strings.EqualFold(scalar(v), "true")
			if want != present == (r.bug != "null") {
				return true
			}
		}
		return false
	}
	positive := strings.Replace(base, "Not", "", 1)
	negated := positive != base
	if !present {
		switch {
		case ifExists:
			return r.bug != "if-exists"
		case quantifier == "ForAllValues":
			return r.bug != "for-all-absent"
		case quantifier == "ForAnyValue":
			return r.bug == "for-any-absent"
		}
		return negated != (r.bug == "negated-absent")
	}
	inList := func(x string) bool {
		all := len(values) > 0
		for _, v := range values {
			ok := r.compare(positive, scalar(v), x, q, vars)
			if ok && r.bug != "values-and" {
				return true
			}
			all = all && ok
		}
		return all && r.bug == "values-and"
	}
	if quantifier != "" && !slices.ContainsFunc(got, func(x string) bool { return x != "" }) {
		return quantifier == "ForAllValues" // an empty string is no value
	}
	switch quantifier {
	case "ForAllValues":
		for _, x := range got {
			if inList(x) == negated {
				return r.bug == "for-all-any"
			}
		}
		return true
	case "ForAnyValue":
		for _, x := range got {
			if inList(x) != negated {
				return true
			}
		}
		return r.bug == "for-any-all"
	}
	every := true
	for _, x := range got {
		every = every && inList(x)
	}
	if r.bug == "negation" {
		return every
	}
	return every != negated
}

func (r reference) compare(op, want, got string, q *question, vars bool) bool {
	if r.bug == "op-"+op {
		return false
	}
	switch op {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike":
		t, ok := r.fill(want, op == "StringLike" || r.bug == "equals-wild", vars, q)
		if !ok {
			return false
		}
		if op == "StringEqualsIgnoreCase" || r.bug == "value-case" {
			for i := range t {
				t[i].text = strings.ToLower(t[i].text)
			}
			got = strings.ToLower(got)
		}
		return wild(t, got)
	case "ArnEquals", "ArnLike":
		t, ok := r.fill(want, true, vars, q)
		if !ok {
			return false
		}
		if r.bug == "arn-flat" {
			return wild(t, got)
		}
		return arnLike(t, want, got)
	case "Bool":
		return strings.EqualFold(want, got)
	case "BinaryEquals":
		a, err1 := base64.StdEncoding.DecodeString(want)
		b, err2 := base64.StdEncoding.DecodeString(got)
		return err1 == nil && err2 == nil && string(a) == string(b)
	case "IpAddress":
		return inRange(want, got, r.bug)
	}
	kind, relation := "Numeric", strings.TrimPrefix(op, "Numeric")
	if strings.HasPrefix(op, "Date") {
		kind, relation = "Date", strings.TrimPrefix(op, "Date")
	}
	a, ok1 := quantity(kind, got)
	b, ok2 := quantity(kind, want)
	if !ok1 || !ok2 {
		return false
	}
	switch c := a.Cmp(b); relation {
	case "Equals":
		return c == 0
	case "LessThan":
		return c < 0 || r.bug == "less-equal" && c == 0
	case "LessThanEquals":
		return c <= 0
	case "GreaterThan":
		return c > 0 || r.bug == "greater-equal" && c == 0
	case "GreaterThanEquals":
		return c >= 0
	}
	panic("operator " + op)
}

func arnLike(t []piece, want, got string) bool {
	if want == "*" {
		return strings.Count(got, ":") >= 5
	}
	var parts [][]piece
	cur := []piece{}
	for _, p := range t {
		if p.text == ":" && len(parts) < 5 {
			parts, cur = append(parts, cur), nil
			continue
		}
		cur = append(cur, p)
	}
	parts = append(parts, cur)
	values := strings.SplitN(got, ":", 6)
	if len(parts) != 6 || len(values) != 6 {
		return false
	}
	for i := range parts {
		if !wild(parts[i], values[i]) {
			return false
		}
	}
	return true
}

func inRange(want, got, bug string) bool {
	if !strings.Contains(want, "/") {
		if strings.Contains(want, ":") {
			want += "/128"
		} else {
			want += "/32"
		}
	}
	if bug == "ip-bits" {
		ip, n, err := net.ParseCIDR(want)
		if err == nil && !ip.Equal(n.IP) {
			return false
		}
	}
	_, n, err := net.ParseCIDR(want)
	ip := net.ParseIP(got)
	return err == nil && ip != nil && n.Contains(ip)
}

func quantity(kind, s string) (*big.Rat, bool) {
	if kind == "Date" {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
			if t, err := time.Parse(layout, s); err == nil {
				return new(big.Rat).SetFrac64(t.UnixNano(), 1e9), true
			}
		}
	}
	return new(big.Rat).SetString(s)
}

// public is S3's test, for the conditions that the generator makes.
func (r reference) public(p any) bool {
	if p == nil {
		return false
	}
	for _, s := range list(p.(map[string]any)["Statement"]) {
		st := s.(map[string]any)
		if st["Effect"] == "Allow" && everybody(st) && !fixed(st) {
			return true
		}
	}
	return false
}

func everybody(st map[string]any) bool {
	if _, ok := st["NotPrincipal"]; ok {
		return true
	}
	if st["Principal"] == "*" {
		return true
	}
	kinds, _ := st["Principal"].(map[string]any)
	for _, v := range kinds {
		for _, x := range list(v) {
			if x == "*" {
				return true
			}
		}
	}
	return false
}

func fixed(st map[string]any) bool {
	conditions, _ := st["Condition"].(map[string]any)
	for op, keys := range conditions {
		switch strings.TrimPrefix(op, "ForAnyValue:") {
		case "StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnLike", "ArnEquals", "IpAddress":
		default:
			continue
		}
		for key, values := range keys.(map[string]any) {
			all := len(list(values)) > 0
			for _, v := range list(values) {
				x := scalar(v)
				switch strings.ToLower(key) {
				case "aws:principalarn", "aws:principalorgid", "aws:sourcearn":
					all = all && !strings.ContainsAny(x, "*?$")
				case "aws:sourceip":
					_, n, err := net.ParseCIDR(x)
					if err != nil {
						all = all && net.ParseIP(x) != nil
						continue
					}
					ones, size := n.Mask.Size()
					all = all && (size == 32 && ones >= 8 || size == 128 && ones >= 32)
				default:
					all = false
				}
			}
			if all {
				return true
			}
		}
	}
	return false
}

// piece is one character of a pattern, or a wildcard.
type piece struct {
	text       string
	many, each bool
}

func glob(s string) []piece {
	var out []piece
	for _, c := range s {
		switch c {
		case '*':
			out = append(out, piece{many: true})
		case '?':
			out = append(out, piece{each: true})
		default:
			out = append(out, piece{text: string(c)})
		}
	}
	return out
}

func plain(s string) []piece {
	var out []piece
	for _, c := range s {
		out = append(out, piece{text: string(c)})
	}
	return out
}

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// fill resolves variables; ok is false when one does not resolve.
func (r reference) fill(s string, wildcards, vars bool, q *question) (out []piece, ok bool) {
	text := plain
	if wildcards {
		text = glob
	}
	if !vars {
		return text(s), true
	}
	for {
		m := variable.FindStringSubmatchIndex(s)
		if m == nil {
			return append(out, text(s)...), true
		}
		out = append(out, text(s[:m[0]])...)
		inner := s[m[2]:m[3]]
		s = s[m[1]:]
		if inner == "*" || inner == "?" || inner == "$" {
			if r.bug == "escape" {
				out = append(out, glob(inner)...)
				continue
			}
			out = append(out, plain(inner)...)
			continue
		}
		key, fallback, hasDefault := strings.Cut(inner, ",")
		values := q.context[strings.ToLower(strings.TrimSpace(key))]
		switch {
		case len(values) == 1 && !strings.EqualFold(key, "aws:TagKeys"):
			if r.bug == "value-wild" {
				out = append(out, glob(values[0])...)
				continue
			}
			out = append(out, plain(values[0])...)
		case len(values) == 0 && hasDefault && r.bug != "default":
			out = append(out, plain(strings.Trim(strings.TrimSpace(fallback), "'"))...)
		case r.bug == "unresolved":
		default:
			return nil, false
		}
	}
}

// wild fills the table of all beginnings of the pattern against all beginnings of the text.
func wild(p []piece, s string) bool {
	text := strings.Split(s, "")
	table := make([][]bool, len(p)+1)
	for i := range table {
		table[i] = make([]bool, len(text)+1)
	}
	table[0][0] = true
	for i := 1; i <= len(p); i++ {
		for j := 0; j <= len(text); j++ {
			x := p[i-1]
			switch {
			case x.many:
				table[i][j] = table[i-1][j] || j > 0 && table[i][j-1]
			case j > 0:
				table[i][j] = table[i-1][j-1] && (x.each || x.text == text[j-1])
			}
		}
	}
	return table[len(p)][len(text)]
}

func list(v any) []any {
	if v == nil {
		return nil
	}
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func scalar(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return ""
}
