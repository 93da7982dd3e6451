package listing

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
	"github.com/trailguard/trailguard/scanner/redact"
)

// maxID bounds an id, in bytes. It becomes part of names and file names.
const maxID = 512

// read makes a reading of one item. It returns nil where the item does not
// identify its configuration; the list is then incomplete.
func (l *List) read(index int, item json.RawMessage) *reading {
	members := answer.Object(item)
	if members == nil {
		l.unreadable(index, "is null or no object")
		return nil
	}
	id := l.Scrub.Clean(strings.TrimSpace(answer.Scalar(members["id"])))
	switch {
	case id == "":
		l.unreadable(index, "has no id")
		return nil
	case len(id) > maxID:
		l.unreadable(index, fmt.Sprintf("has an id longer than %d bytes", maxID))
		return nil
	}
	r := &reading{list: l, members: members, configuration: scanner.ExportConfiguration{Tenant: l.Tenant, ID: id, Planned: l.Planned}}
	r.scalars()
	r.people()
	r.endpoint()
	r.role()
	r.secrets(item)
	return r
}

func (l *List) unreadable(index int, what string) {
	l.Incomplete(Trouble{
		Name:   strconv.Itoa(index),
		Detail: fmt.Sprintf("item %d of the list %s: one configuration at least is not known; look into the audit service's log", index, what),
	})
}

// madeByImmuta are the fields that Immuta fills in when it makes, tests or changes an
// export.
var madeByImmuta = []string{"connectionStatus", "createdAt", "createdBy", "updatedAt", "updatedBy"}

// missing records that a field of the configuration is not known.
func (r *reading) missing(name string, reason scanner.GapReason, detail string) {
	if slices.Contains(r.configuration.Missing, name) || r.list.Planned && slices.Contains(madeByImmuta, name) {
		return
	}
	r.configuration.Missing = append(r.configuration.Missing, name)
	r.gap(name, reason, detail)
}

func (r *reading) gap(name string, reason scanner.GapReason, detail string) {
	gap := scanner.Gap{
		Kind: document.KindConfiguration, Call: query.Call, Resource: r.list.resource(r.configuration.ID),
		Name: name, Reason: reason, Detail: detail,
	}
	if !slices.Contains(r.gaps, gap) {
		r.gaps = append(r.gaps, gap)
	}
}

// absent records a field that was not in the answer.
func (r *reading) absent(name string) {
	r.missing(name, scanner.ReasonUnsupported, name+" is not known: "+r.list.LeftOut)
}

// member returns a field's value, or records that the field is absent.
func (r *reading) member(name string) (json.RawMessage, bool) {
	raw, ok := r.members[name]
	switch {
	case !ok:
		r.absent(name)
	case string(raw) == "null" || string(raw) == `""`:
		r.missing(name, scanner.ReasonUndetermined, "immuta gave no "+name+" for this configuration: look at it in Immuta")
	default:
		return raw, true
	}
	return nil, false
}

// odd records a field whose value has an unknown form.
func (r *reading) odd(name string) {
	r.missing(name, scanner.ReasonMalformed, "immuta gave "+name+" in an unknown form: look at the configuration in Immuta")
}

func (r *reading) scalars() {
	c := &r.configuration
	if raw, ok := r.member("enabled"); ok && json.Unmarshal(raw, &c.Enabled) != nil {
		c.Enabled = false
		r.odd("enabled")
	}
	for _, f := range []struct {
		name string
		to   *string
	}{{"interval", &c.Interval}, {"connectionStatus", &c.ConnectionStatus}} {
		raw, ok := r.member(f.name)
		if !ok {
			continue
		}
		if *f.to = r.keep(f.name, answer.Scalar(raw)); *f.to == "" {
			r.odd(f.name)
		}
	}
	if raw, ok := r.member("createdAt"); ok {
		if c.CreatedAt, ok = moment(raw); !ok {
			r.odd("createdAt")
		}
	}
}

// people reads who created and updated the configuration, and when it was
// updated. A configuration that was never updated has no updater and no time.
func (r *reading) people() {
	c := &r.configuration
	for _, f := range []struct {
		name string
		to   *string
	}{{"createdBy", &c.CreatedBy}, {"updatedBy", &c.UpdatedBy}} {
		raw, ok := r.members[f.name]
		if !ok {
			r.absent(f.name)
			continue
		}
		if person := answer.Object(raw); person != nil {
			raw = person["id"]
		}
		*f.to = r.keep(f.name, answer.Scalar(raw))
	}
	raw, ok := r.members["updatedAt"]
	switch {
	case !ok:
		r.absent("updatedAt")
	case answer.Filled(raw):
		if c.UpdatedAt, ok = moment(raw); !ok {
			r.odd("updatedAt")
		}
	}
}

// keep removes credentials from a value, and records that there were some.
func (r *reading) keep(name, value string) string {
	masked, found := redact.Credentials(r.list.Scrub.Clean(value))
	if found {
		r.dropped(name)
	}
	return masked
}

// dropped records a credential that was removed.
func (r *reading) dropped(name string) {
	r.gap(name+" (secret)", scanner.ReasonMalformed,
		"held a credential, which was dropped and is not stored: replace the credential, since it has been where it does not belong")
}

// millisecondsFrom is the number from which an epoch counts as milliseconds. In
// seconds it would be the year 5138.
const millisecondsFrom = 1e11

// moment reads RFC 3339, or an epoch in milliseconds or seconds.
func moment(raw json.RawMessage) (time.Time, bool) {
	value := answer.Scalar(raw)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, value); err == nil {
			return inRange(t.UTC())
		}
	}
	epoch, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(epoch) || epoch <= 0 || epoch > 1e15 {
		return time.Time{}, false
	}
	if epoch < millisecondsFrom {
		epoch *= 1000
	}
	return inRange(time.UnixMilli(int64(epoch)).UTC())
}

// inRange refuses years that JSON cannot hold, and the zero time, which means
// that there is none.
func inRange(t time.Time) (time.Time, bool) {
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}
