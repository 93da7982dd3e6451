package opa

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// denial is one entry of a rule's deny.
type denial struct {
	message  string
	resource string // empty: that of the rule's first fact
	key      string
	pointers []string // as facts gave them; several after merging
	// remediation mends this denial's own cause; empty: that of the rule does.
	remediation string
	// nowhere says that the rule handed back an empty pointer: no statement
	// decided, so that none must be shown as if it had.
	nowhere bool
	joined  int // how many others about the same thing it has taken in
}

// Bounds of what a rule may say of one subject. No finding of ours comes near
// them, and whatever goes beyond is an error of the rule: nothing is cut off in
// silence.
const (
	maxDenials = 1000
	maxText    = 4096 // bytes of one text of a denial
)

// maxJoined is how many denials about one thing are told of in full.
const maxJoined = 50

// readDenials reads the entries of deny.
func readDenials(value any) ([]denial, error) {
	entries, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("deny is not a set but %T", value)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	if len(entries) > maxDenials {
		return nil, fmt.Errorf("deny has %d entries for one subject: %d are the most, say once what is alike", len(entries), maxDenials)
	}
	denials := make([]denial, 0, len(entries))
	for _, entry := range entries {
		d, err := readDenial(entry)
		if err != nil {
			return nil, err
		}
		denials = append(denials, d)
	}
	return denials, nil
}

// checkDenial says what is wrong with an entry of deny.
func checkDenial(entry any) error {
	_, err := readDenial(entry)
	return err
}

func readDenial(entry any) (denial, error) {
	object, ok := entry.(map[string]any)
	if !ok {
		return denial{}, fmt.Errorf("an entry of deny is not an object but %T", entry)
	}
	var d denial
	// Sorted, so that of two mistakes always the same is reported.
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text, ok := object[name].(string)
		if !ok {
			return denial{}, fmt.Errorf("%s of an entry of deny is not a text but %T", name, object[name])
		}
		if len(text) > maxText {
			return denial{}, fmt.Errorf("%s of an entry of deny has %d bytes: %d are the most", name, len(text), maxText)
		}
		switch name {
		case "message":
			d.message = text
		case "resource":
			d.resource = text
		case "key":
			d.key = text
		case "remediation":
			d.remediation = strings.TrimSpace(text)
		case "pointer":
			if d.nowhere = text == ""; !d.nowhere {
				d.pointers = []string{text}
			}
		default:
			return denial{}, fmt.Errorf("an entry of deny has %q: there are %s", name, strings.Join(rules.Members, ", "))
		}
	}
	if strings.TrimSpace(d.message) == "" {
		return denial{}, fmt.Errorf("an entry of deny has no message")
	}
	return d, nil
}

// merge sorts denials. It joins those that would have the same fingerprint,
// since they are about the same thing.
func merge(denials []denial) []denial {
	slices.SortFunc(denials, func(a, b denial) int {
		return cmp.Or(strings.Compare(a.resource, b.resource), strings.Compare(a.key, b.key),
			strings.Compare(a.message, b.message), slices.Compare(a.pointers, b.pointers))
	})
	merged := denials[:1]
	for _, d := range denials[1:] {
		last := &merged[len(merged)-1]
		if d.resource != last.resource || d.key != last.key {
			merged = append(merged, d)
			continue
		}
		if last.joined++; last.joined >= maxJoined {
			continue
		}
		if !strings.HasSuffix(last.message, d.message) {
			last.message += "; " + d.message
		}
		if d.remediation != "" && !strings.Contains(last.remediation, d.remediation) {
			last.remediation = strings.TrimSpace(last.remediation + " " + d.remediation)
		}
		last.nowhere = last.nowhere && d.nowhere
		for _, pointer := range d.pointers {
			if !slices.Contains(last.pointers, pointer) {
				last.pointers = append(last.pointers, pointer)
			}
		}
	}
	for i := range merged {
		if more := merged[i].joined - maxJoined + 1; more > 0 {
			merged[i].message += fmt.Sprintf("; and %d more", more)
		}
	}
	return merged
}
