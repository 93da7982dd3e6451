package fix

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// places are where the finding points in policies and access control lists, each once.
// Of other documents evidence holds less than AWS has, so that putting them back would
// lose the rest.
func (c *Case) places() []scanner.Location {
	var found []scanner.Location
	for _, l := range c.Finding.Evidence {
		_, whole := l.Kind.Policy()
		if whole = whole || l.Kind == document.KindACL; whole && l.Pointer != "" && !has(found, &l) {
			found = append(found, l)
		}
	}
	return found
}

// statements are those of an effect that the finding points into, each once.
func (c *Case) statements(effect string) []scanner.Location {
	var found []scanner.Location
	for _, l := range c.places() {
		t, ok := open(c.Record, l.Kind, l.Resource, l.Name)
		if !ok {
			continue
		}
		var s map[string]any
		if l.Pointer, s = t.statementAt(l.Pointer); s["Effect"] == effect && !has(found, &l) {
			found = append(found, l)
		}
	}
	return found
}

// documentOf is the document that a place is in.
func documentOf(l *scanner.Location) documentName {
	return documentName{l.Kind, l.Resource, l.Name}
}

// has says whether a place is among others.
func has(list []scanner.Location, l *scanner.Location) bool {
	return slices.ContainsFunc(list, func(o scanner.Location) bool { return documentOf(&o) == documentOf(l) && o.Pointer == l.Pointer })
}

// element is the list's element that a pointer leads into: "/Statement/2".
func element(pointer string) (path string, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(pointer, "/"), "/", 3)
	if len(parts) < 2 {
		return "", false
	}
	if _, err := strconv.Atoi(parts[1]); err != nil {
		return "", false
	}
	return "/" + parts[0] + "/" + parts[1], true
}

// place is the number of the list's element that a pointer leads into.
func place(pointer string) int {
	path, _ := element(pointer)
	at, err := strconv.Atoi(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		return 0 // there is but one
	}
	return at
}

// statementAt is the statement that a pointer leads into, which may be the only one.
func (t *target) statementAt(pointer string) (path string, s map[string]any) {
	path, inList := element(pointer)
	if !inList {
		path = "/Statement"
	}
	s, _ = t.at(path).(map[string]any)
	return path, s
}

// withoutElement takes away the statement, or the grant of a list, that decides.
func withoutElement(c *Case) []Change {
	var found []Change
	for _, l := range c.places() {
		t, ok := open(c.Record, l.Kind, l.Resource, l.Name)
		path, inList := element(l.Pointer)
		if !ok || !inList || t.at(path) == nil {
			continue
		}
		found = append(found, t.remove(path)...)
	}
	return found
}

// remove proposes a document without one value.
func (t *target) remove(pointer string) []Change {
	return t.edit(Operation{Op: "test", Path: pointer, Value: raw(t.at(pointer))}, Operation{Op: "remove", Path: pointer})
}

// narrowing makes proposals for each statement that decides and allows.
func (c *Case) narrowing(propose func(t *target, pointer string, s map[string]any) []Change) []Change {
	var found []Change
	for _, l := range c.places() {
		t, ok := open(c.Record, l.Kind, l.Resource, l.Name)
		if !ok {
			continue
		}
		if pointer, s := t.statementAt(l.Pointer); s["Effect"] == allow {
			found = append(found, propose(t, pointer, s)...)
		}
	}
	return found
}

// withoutOne takes one entry out of a list of the statement that decides.
func withoutOne(t *target, pointer string) []Change {
	entries, _ := t.at(pointer).([]any)
	if len(entries) < 2 {
		return nil
	}
	var found []Change
	for i := range entries {
		found = append(found, t.remove(pointer+"/"+strconv.Itoa(i))...)
	}
	return found
}

// withoutPrincipal takes one of several principals out of it, or all of a kind.
func withoutPrincipal(c *Case) []Change {
	return c.narrowing(func(t *target, pointer string, s map[string]any) []Change {
		principals, _ := s["Principal"].(map[string]any)
		var found []Change
		for _, kind := range slices.Sorted(maps.Keys(principals)) { // a map has no order
			at := pointer + "/Principal/" + kind
			found = append(found, withoutOne(t, at)...)
			if len(principals) > 1 {
				found = append(found, t.remove(at)...)
			}
		}
		return found
	})
}

// withoutAction takes one of several actions out of it.
func withoutAction(c *Case) []Change {
	return c.narrowing(func(t *target, pointer string, _ map[string]any) []Change { return withoutOne(t, pointer+"/Action") })
}

// withoutResource takes one of several resources out of it.
func withoutResource(c *Case) []Change {
	return c.narrowing(func(t *target, pointer string, _ map[string]any) []Change {
		return withoutOne(t, pointer+"/Resource")
	})
}

// onlyWriter puts the writer in the place of everybody, or of others beside it, whom a
// statement lets in.
func onlyWriter(c *Case) []Change {
	who := writer(c.Record)
	return c.narrowing(func(t *target, pointer string, s map[string]any) []Change {
		principals, _ := s["Principal"].(map[string]any)
		named := append(list(principals["AWS"]), s["Principal"])
		if who == "" || t.kind == document.KindTrustPolicy || !slices.ContainsFunc(named, func(p any) bool { return p == everything || p == who }) {
			return nil
		}
		return t.swap(pointer+"/Principal", aws(who))
	})
}

// onlyUpload has a statement of the writer allow what the export needs, and no more:
// the upload, and the use of a key where it rested on the statement.
func onlyUpload(c *Case) []Change {
	uploads := c.uploads()
	return c.narrowing(func(t *target, pointer string, s map[string]any) []Change {
		if uploads == "" {
			return nil
		}
		upload := maps.Clone(s)
		delete(upload, "NotAction")
		delete(upload, "NotResource")
		upload["Action"], upload["Resource"] = putObject, uploads
		found := t.swap(pointer, upload)
		key, ok := c.Record.Find(document.KindKey, "", "")
		if !ok || key.Absent || t.kind == document.KindBucketPolicy {
			return found
		}
		use := maps.Clone(upload)
		use["Action"], use["Resource"] = []string{"kms:GenerateDataKey", "kms:Decrypt"}, key.Resource
		return append(found, t.splice(pointer, []map[string]any{upload, use})...)
	})
}

// bindService has a service act for the bucket's own account only.
func bindService(c *Case) []Change {
	account := BucketAccount(c.Record)
	return c.narrowing(func(t *target, pointer string, s map[string]any) []Change {
		principals, _ := s["Principal"].(map[string]any)
		if account == "" || principals["Service"] == nil || t.kind != document.KindBucketPolicy {
			return nil
		}
		bound := maps.Clone(s)
		bound["Condition"] = withValue(s["Condition"], "StringEquals", "aws:SourceAccount", account)
		return t.swap(pointer, bound)
	})
}
