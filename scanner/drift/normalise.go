package drift

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/diff"
)

// normalised writes a document so that equal ones look equal: members sorted, a
// list of one as a single value, lists of texts sorted. A text that is not JSON
// stays as it is.
func normalised(text string) string {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return text
	}
	return render(simplify(value))
}

func render(value any) string {
	b, err := json.Marshal(value, json.Deterministic(true), jsontext.Multiline(true), jsontext.WithIndent("  "))
	if err != nil {
		return "" // what was decoded can be encoded
	}
	return string(b)
}

func simplify(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			v[name] = simplify(v[name])
		}
	case []any:
		texts := true
		for i := range v {
			v[i] = simplify(v[i])
			_, text := v[i].(string)
			texts = texts && text
		}
		if texts {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
			v = slices.CompactFunc(v, func(a, b any) bool { return a == b })
		}
		if len(v) == 1 {
			return v[0]
		}
		return v
	}
	return value
}

// statementText is one normalised statement of a policy.
type statementText struct{ sid, body, full string }

// policyTexts renders two policies with their statements aligned: a statement
// of the earlier one stands where the later one has the same statement, or one
// with the same Sid.
func policyTexts(before, after string) (was, is string) {
	beforeHead, b := statements(before)
	afterHead, a := statements(after)
	rank := func(s statementText, own int) int {
		if i := slices.IndexFunc(a, func(o statementText) bool { return o.body == s.body }); i >= 0 {
			return i
		}
		if i := slices.IndexFunc(a, func(o statementText) bool { return s.sid != "" && o.sid == s.sid }); i >= 0 {
			return i
		}
		return own
	}
	ranks := map[string]int{}
	for i, s := range b {
		if _, ok := ranks[s.full]; !ok {
			ranks[s.full] = rank(s, i)
		}
	}
	slices.SortStableFunc(b, func(x, y statementText) int { return ranks[x.full] - ranks[y.full] })
	return beforeHead + join(b), afterHead + join(a)
}

func join(list []statementText) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s.full + "\n")
	}
	return b.String()
}

// statements splits a policy into what stands before its statements, and the
// statements. A text that is not a policy is all head.
func statements(text string) (head string, list []statementText) {
	if text == "" {
		return "", nil
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return text + "\n", nil
	}
	raw, ok := value["Statement"].([]any)
	if !ok {
		raw = []any{value["Statement"]}
	}
	delete(value, "Statement")
	head = render(simplify(value)) + "\n"
	for _, statement := range raw {
		s := statementText{full: render(simplify(statement))}
		s.body = s.full
		if members, ok := statement.(map[string]any); ok {
			s.sid, _ = members["Sid"].(string)
			delete(members, "Sid")
			s.body = render(members)
		}
		list = append(list, s)
	}
	return head, list
}

// difference lists the lines that differ, with three lines of context. Each has
// the prefix "+", "-" or a blank; " …" stands for lines that are left out.
func difference(before, after string) []string {
	out := diff.Diff("before", []byte(line(before)), "after", []byte(line(after)))
	if out == nil {
		return nil
	}
	lines := strings.Split(string(bytes.TrimSuffix(out, []byte("\n"))), "\n")
	var list []string
	for i, l := range lines[3:] { // three lines of names
		switch {
		case !strings.HasPrefix(l, "@@"):
			list = append(list, l)
		case i > 0:
			list = append(list, " …")
		}
	}
	return list
}

func line(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
