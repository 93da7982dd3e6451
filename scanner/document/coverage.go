package document

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

const (
	readOnly   = "ReadOnly"
	writeOnly  = "WriteOnly"
	objectType = "AWS::S3::Object"
)

// Logged says how much of one sort of events is logged.
type Logged int

// How much is logged. Selectors that log parts of the events, by caller or by
// the end of a name, may together log all. That is not worked out: they count
// as LoggedSome.
const (
	LoggedNone Logged = iota
	LoggedPart
	LoggedAll
)

// String returns it in a word.
func (l Logged) String() string {
	return [...]string{"nothing", "a part", "everything"}[l]
}

// Objects returns the beginning of the ARNs of a bucket's objects whose keys
// have a prefix, in the partition of the given ARN.
func Objects(arn, bucket, prefix string) string {
	parsed, _ := iam.ParseARN(arn)
	return "arn:" + parsed.Partition + ":s3:::" + bucket + "/" + prefix
}

// Coverage is how much is logged of reading objects, and of writing and
// deleting them.
type Coverage struct{ Reads, Writes Logged }

// Whole reports whether everything is logged.
func (c Coverage) Whole() bool { return c.Reads == LoggedAll && c.Writes == LoggedAll }

// Any reports whether anything is logged.
func (c Coverage) Any() bool { return c.Reads != LoggedNone || c.Writes != LoggedNone }

// With returns what two selectors log together.
func (c Coverage) With(other Coverage) Coverage {
	return Coverage{max(c.Reads, other.Reads), max(c.Writes, other.Writes)}
}

// Covers returns what is logged of the objects whose ARNs begin with a text,
// which holds a bucket, a slash and the beginning of keys.
func (d *EventSelectors) Covers(objects string) Coverage {
	var c Coverage
	for i := range d.Basic {
		c = c.With(d.Basic[i].covers(objects))
	}
	return c.With(covers(d.Advanced, objects))
}

// Covers is like that of EventSelectors.
func (d *EventDataStore) Covers(objects string) Coverage { return covers(d.Advanced, objects) }

func (s *BasicSelector) covers(objects string) Coverage {
	logged := LoggedNone
	for _, r := range s.DataResources {
		if r.Type != objectType {
			continue
		}
		for _, value := range r.Values {
			logged = max(logged, beginning(value, objects))
		}
	}
	c := Coverage{logged, logged}
	switch s.ReadWriteType {
	case readOnly:
		c.Writes = LoggedNone
	case writeOnly:
		c.Reads = LoggedNone
	}
	return c
}

// beginning compares the beginning of ARNs that a basic selector names.
// CloudTrail accepts none that ends within a bucket's name: such a value names
// nothing.
func beginning(value, objects string) Logged {
	bucket, _, _ := strings.Cut(objects, "/")
	every, _, _ := strings.Cut(objects, ":::")
	switch {
	case value == every, value == every+":::", strings.HasPrefix(value, bucket+"/") && strings.HasPrefix(objects, value):
		return LoggedAll
	case strings.HasPrefix(value, objects):
		return LoggedPart
	}
	return LoggedNone
}

// objectEvents are the events that must be logged: one that reads, and those
// that write and delete.
var objectEvents = []struct {
	name string
	read bool
}{{"GetObject", true}, {"PutObject", false}, {"DeleteObject", false}}

func covers(selectors []AdvancedSelector, objects string) Coverage {
	c := Coverage{Writes: LoggedAll}
	for _, event := range objectEvents {
		logged := LoggedNone
		for i := range selectors {
			logged = max(logged, selectors[i].logs(event.name, event.read, objects))
		}
		if event.read {
			c.Reads = logged
		} else {
			c.Writes = min(c.Writes, logged)
		}
	}
	return c
}

// logs compares one event of every such object. A field that is not known here
// may exclude some of them.
func (s *AdvancedSelector) logs(name string, read bool, objects string) Logged {
	known := map[string]string{
		"eventCategory": "Data", "eventSource": "s3.amazonaws.com", "eventType": "AwsApiCall",
		"eventName": name, "resources.type": objectType, "readOnly": "false",
	}
	if read {
		known["readOnly"] = "true"
	}
	logged, data := LoggedAll, false
	for i := range s.Fields {
		f := &s.Fields[i]
		value, ok := known[f.Field]
		switch {
		case f.Field == "resources.ARN":
			logged = min(logged, f.matchesBeginning(objects))
		case !ok:
			logged = min(logged, LoggedPart)
		case !f.matches(value):
			return LoggedNone
		}
		data = data || f.Field == "eventCategory"
	}
	if !data { // CloudTrail demands it of every selector
		return LoggedNone
	}
	return logged
}

func (f *FieldSelector) matches(value string) bool {
	some := func(values []string, holds func(string, string) bool) bool {
		return slices.ContainsFunc(values, func(v string) bool { return holds(value, v) })
	}
	equal := func(a, b string) bool { return a == b }
	return (len(f.Equals) == 0 || some(f.Equals, equal)) &&
		(len(f.StartsWith) == 0 || some(f.StartsWith, strings.HasPrefix)) &&
		(len(f.EndsWith) == 0 || some(f.EndsWith, strings.HasSuffix)) &&
		!some(f.NotEquals, equal) && !some(f.NotStartsWith, strings.HasPrefix) && !some(f.NotEndsWith, strings.HasSuffix)
}

// matchesBeginning compares every text that begins with the given one.
func (f *FieldSelector) matchesBeginning(text string) Logged {
	logged := LoggedAll
	if len(f.StartsWith) > 0 {
		logged = min(logged, best(f.StartsWith, func(v string) Logged {
			switch {
			case strings.HasPrefix(text, v):
				return LoggedAll
			case strings.HasPrefix(v, text):
				return LoggedPart
			}
			return LoggedNone
		}))
	}
	if len(f.Equals) > 0 {
		logged = min(logged, best(f.Equals, func(v string) Logged {
			if strings.HasPrefix(v, text) {
				return LoggedPart
			}
			return LoggedNone
		}))
	}
	if len(f.EndsWith)+len(f.NotEndsWith) > 0 || slices.ContainsFunc(f.NotEquals, func(v string) bool { return strings.HasPrefix(v, text) }) {
		logged = min(logged, LoggedPart)
	}
	for _, v := range f.NotStartsWith {
		switch {
		case strings.HasPrefix(text, v):
			return LoggedNone
		case strings.HasPrefix(v, text):
			logged = min(logged, LoggedPart)
		}
	}
	return logged
}

func best(values []string, logged func(string) Logged) Logged {
	most := LoggedNone
	for _, v := range values {
		most = max(most, logged(v))
	}
	return most
}
