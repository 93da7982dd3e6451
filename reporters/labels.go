package reporters

import (
	"cmp"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// shortID is how much of an export's id is shown where it is unambiguous.
const shortID = 8

// labels names exports and tenants as a person tells them apart.
type labels struct {
	buckets map[subject]string
	length  int  // of the shown part of an id
	print   int  // of the shown part of a fingerprint
	tenants bool // several: a tenant's name must be shown too
}

// subject is an export, or a tenant where the id is empty.
type subject struct{ tenant, id string }

func newLabels(r *scanner.Report) labels {
	l := labels{buckets: map[subject]string{}, length: shortID, tenants: len(r.Tenants) > 1}
	ids := map[string]bool{}
	for i := range r.Exports {
		e := &r.Exports[i]
		l.buckets[subject{e.Tenant, e.ID}] = cmp.Or(e.Endpoint.Destination(), e.Endpoint.TypeName)
		ids[e.ID] = true
		l.tenants = l.tenants || e.Tenant != r.Exports[0].Tenant
	}
	for !distinct(ids, l.length) {
		l.length *= 2
	}
	prints := map[string]bool{}
	for i := range r.Findings {
		prints[r.Findings[i].Fingerprint] = true
	}
	for l.print = shortID; !distinct(prints, l.print); {
		l.print *= 2
	}
	return l
}

// distinct says whether the first characters alone tell the ids apart.
func distinct(ids map[string]bool, length int) bool {
	seen := map[string]bool{}
	for id := range ids {
		short := prefix(id, length)
		if seen[short] {
			return false
		}
		seen[short] = true
	}
	return true
}

func prefix(s string, length int) string {
	for at := range s {
		if length == 0 {
			return s[:at]
		}
		length--
	}
	return s
}

// of names an export by its short id and bucket, or a tenant.
func (l *labels) of(tenant, id string) string { return strings.Join(l.parts(tenant, id), " ") }

// parts are what of joins: the short id, the bucket, and the tenant where
// there are several.
func (l *labels) parts(tenant, id string) []string {
	if id == "" {
		return []string{"tenant " + visible.Clip(Visible(tenant), 80)}
	}
	shown := prefix(id, l.length)
	if scanner.IsPlannedID(id) {
		shown = id // a name
	}
	parts := []string{visible.Clip(Visible(shown), 80)}
	if bucket := l.buckets[subject{tenant, id}]; bucket != "" {
		parts = append(parts, visible.Clip(Visible(bucket), 80))
	}
	if l.tenants {
		parts = append(parts, "("+visible.Clip(Visible(tenant), 80)+")")
	}
	return parts
}

// finding names findings by as much of their fingerprints as tells them apart.
func (l *labels) finding(findings []*scanner.Finding) string {
	var prints []string
	for _, f := range findings {
		if f.Fingerprint != "" {
			prints = append(prints, Visible(prefix(f.Fingerprint, l.print)))
		}
	}
	switch len(prints) {
	case 0:
		return ""
	case 1:
		return "finding " + prints[0]
	default:
		return "findings " + some(prints, fewEach, "finding", "findings")
	}
}

// place is the path, line and column that a finding points at, as editors read
// it: below the directory of the evidence files where these are written. It is
// empty where there is no document.
func place(f *scanner.Finding, o Options) string {
	if len(f.Evidence) == 0 || f.Evidence[0].Path == "" {
		return ""
	}
	at := &f.Evidence[0]
	text := at.Path
	if o.EvidenceDir != "" {
		text = evidencePath(at.Path, o)
	}
	return Visible(text) + ":" + strconv.Itoa(max(1, at.Line)) + ":" + strconv.Itoa(max(1, at.Column))
}

// changedBy names what in a plan changes what a finding is about; empty: nothing does.
func changedBy(list []scanner.ChangedBy) string {
	names := make([]string, 0, len(list))
	for i := range list {
		name := Visible(list[i].Address)
		if at := list[i].Place(); at != "" {
			name += " (" + Visible(at) + ")"
		}
		names = append(names, name)
	}
	return some(names, fewEach, "resource", "resources")
}

// statement names the deciding statement as its author does: the policy, and
// the Sid or else the number. It is empty where no statement decided.
func statement(f *scanner.Finding) string {
	for i := range f.Reasons {
		reason := &f.Reasons[i]
		if !decides(reason, f) || reason.Policy == "" {
			continue
		}
		switch {
		case reason.Sid != "":
			return Visible(reason.Policy) + `, statement "` + visible.Clip(Visible(reason.Sid), 80) + `"`
		case reason.Index >= 0:
			return Visible(reason.Policy) + ", statement " + strconv.Itoa(reason.Index+1)
		default:
			return Visible(reason.Policy)
		}
	}
	return ""
}

// longestWho is how many characters of who changed something are shown: all of it,
// unless somebody made a name of them.
const longestWho = 1200

// who says who changed something. All of it is somebody else's text; empty for nil.
func who(w *scanner.Who) string {
	if w == nil {
		return ""
	}
	return visible.Clip(Visible(w.String()), longestWho)
}

// whoField is one of the fields that machines read of it.
type whoField struct{ name, value string }

// whoFields are those that are known, by names that are the same in all formats.
func whoFields(w *scanner.Who) []whoField {
	if w == nil {
		return nil
	}
	at := ""
	if !w.At.IsZero() {
		at = w.At.UTC().Format(time.RFC3339)
	}
	var fields []whoField
	for _, f := range []whoField{
		{"who", w.Principal},
		{"whoAt", at},
		{"whoFrom", w.SourceIP},
		{"whoWith", w.UserAgent},
		{"whoCall", w.Call},
		{"whoEvent", w.EventID},
		{"whoMatch", string(w.Match)},
		{"whoNote", w.Note},
	} {
		if f.value = visible.Clip(Visible(f.value), longest); f.value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

func whoMap(w *scanner.Who) map[string]string {
	fields := map[string]string{}
	for _, f := range whoFields(w) {
		fields[f.name] = f.value
	}
	return fields
}

// decides says whether a reason is about the place that a finding points at.
func decides(reason *scanner.Reason, f *scanner.Finding) bool {
	return reason.Location != nil && len(f.Evidence) > 0 &&
		reason.Location.Path == f.Evidence[0].Path && reason.Location.Line == f.Evidence[0].Line
}

// evidencePath joins the directory of the evidence files and a location's
// path. A directory that is not below the working one cannot be part of a
// report that is read elsewhere.
func evidencePath(name string, o Options) string {
	dir := path.Clean(filepath.ToSlash(o.EvidenceDir))
	outside := dir == ".." || strings.HasPrefix(dir, "../") || path.IsAbs(dir) || filepath.IsAbs(o.EvidenceDir)
	if o.EvidenceDir == "" || outside {
		dir = DefaultEvidenceDir
	}
	return path.Join(dir, name)
}
